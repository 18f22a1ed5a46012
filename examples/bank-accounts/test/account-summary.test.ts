import { openMemory } from '@eventfold/memory'
import { checkProjection, specifyProjection } from '@eventfold/testing'
import { expect, test } from 'vitest'
import { AccountSummaries, type AccountSummary } from '../src/account-summary.ts'

const summaries = specifyProjection(AccountSummaries)
const opened = { type: 'AccountOpened', data: { openedOn: '2024-01-02', overdraftLimit: 10_000 } } as const
const deposited = { type: 'MoneyDeposited', data: booking(50_000, 'D1', '2024-03-04') } as const
const withdrawn = { type: 'MoneyWithdrawn', data: booking(50_000, 'W1', '2024-05-06') } as const
const limitChanged = {
  type: 'OverdraftLimitChanged',
  data: { changedOn: '2024-04-05', overdraftLimit: 0 },
} as const
const closed = { type: 'AccountClosed', data: { closedOn: '2024-12-31' } } as const

const justOpened: AccountSummary = {
  status: 'open',
  balance: 0,
  overdraftLimit: 10_000,
  bookings: 0,
  firstBookedOn: null,
  lastBookedOn: null,
}

function booking(amount: number, reference: string, bookedOn: string) {
  return { amount, bookedOn, reference }
}

test('an account has a summary from its opening on, and one that was never opened has none', async () => {
  await summaries.given([{ key: '42', ...opened }]).then({ '42': justOpened, '43': undefined })
})

test('bookings are counted, added up, and dated by the bank', async () => {
  await summaries
    .given([
      { key: '42', ...opened },
      { key: '42', ...deposited },
      { key: '43', ...opened },
      { key: '42', ...withdrawn },
      { key: '42', type: 'MoneyWithdrawn', data: booking(1, 'W2', '2024-05-07') },
    ])
    .then({
      '42': {
        ...justOpened,
        balance: -1,
        bookings: 3,
        firstBookedOn: '2024-03-04',
        lastBookedOn: '2024-05-07',
      },
      '43': justOpened,
    })
})

test('the limit is the one of now, and an account that is closed stays in the list', async () => {
  await summaries.given([opened, limitChanged, closed]).then({
    '1': { ...justOpened, overdraftLimit: 0, status: 'closed' },
  })
})

test('crashes, repetitions and several instances make no difference', async () => {
  const events = [
    { key: '42', ...opened },
    { key: '43', ...opened },
    { key: '42', ...deposited },
    { key: '42', ...withdrawn },
    { key: '42', ...limitChanged },
    { key: '42', ...closed },
  ]
  const { schedules } = await checkProjection(AccountSummaries, { open: openMemory, events })
  expect(schedules).toBeGreaterThan(100)
})
