import { openMemory } from '@eventfold/memory'
import { checkProjection, specifyProjection } from '@eventfold/testing'
import { expect, test } from 'vitest'
import { BookingTotals } from '../src/booking-totals.ts'

const events = [
  deposit('42', 100, '2024-05-06'),
  deposit('43', 20, '2024-05-06'),
  { ...deposit('42', 3, '2024-05-06'), type: 'MoneyWithdrawn' },
  deposit('42', 4_000, '2024-05-31'),
  deposit('42', 50_000, '2024-06-01'),
] as const

function deposit(key: string, amount: number, bookedOn: string) {
  const data = { amount, bookedOn, reference: `${key} ${amount}` }
  return { key, type: 'MoneyDeposited', data } as const
}

test('a booking counts for its day and for its month', async () => {
  await specifyProjection(BookingTotals)
    .given(events)
    .then({
      '2024-05-06': { deposits: 2, deposited: 120, withdrawals: 1, withdrawn: 3 },
      '2024-05-31': { deposits: 1, deposited: 4_000, withdrawals: 0, withdrawn: 0 },
      '2024-05': { deposits: 3, deposited: 4_120, withdrawals: 1, withdrawn: 3 },
      '2024-06-01': { deposits: 1, deposited: 50_000, withdrawals: 0, withdrawn: 0 },
      '2024-06': { deposits: 1, deposited: 50_000, withdrawals: 0, withdrawn: 0 },
    })
})

test('an account that is opened books nothing', async () => {
  const data = { openedOn: '2024-01-02', overdraftLimit: 0 }
  await specifyProjection(BookingTotals)
    .given([{ type: 'AccountOpened', data }])
    .then({})
})

test('crashes, repetitions and several instances make no difference', async () => {
  const { schedules } = await checkProjection(BookingTotals, { open: openMemory, events })
  expect(schedules).toBeGreaterThan(100)
})
