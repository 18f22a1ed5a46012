import { isEventfoldError, repository } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { specify } from '@eventfold/testing'
import { describe, expect, test } from 'vitest'
import { Account } from '../src/account.ts'

const account = specify(Account)
const opened = { type: 'AccountOpened', data: { openedOn: '2024-01-02', overdraftLimit: 10_000 } } as const
const deposited = { type: 'MoneyDeposited', data: booking(50_000, 'D1') } as const
const withdrawn = { type: 'MoneyWithdrawn', data: booking(50_000, 'W1') } as const
const closed = { type: 'AccountClosed', data: { closedOn: '2024-12-31' } } as const

function booking(amount: number, reference: string) {
  return { amount, bookedOn: '2024-03-04', reference }
}

describe('opening', () => {
  test('sets the agreed overdraft limit', async () => {
    await account.given().when('open', opened.data).then([opened])
    await account.given([opened]).thenState({ status: 'open', balance: 0, overdraftLimit: 10_000 })
  })

  test('agrees on no overdraft unless it is told to', async () => {
    await account
      .given()
      .when('open', { openedOn: '2024-01-02' })
      .thenState({ status: 'open', balance: 0, overdraftLimit: 0 })
  })

  test('happens once', async () => {
    await account.given([opened]).when('open', opened.data).then({ code: 'account-already-opened' })
    await account.given([opened, closed]).when('open', opened.data).then({ code: 'account-already-opened' })
  })
})

describe('a deposit', () => {
  test('is booked with the date and the reference of the bank', async () => {
    await account
      .given([opened])
      .when('deposit', booking(50_000, 'D1'))
      .then([
        {
          type: 'MoneyDeposited',
          data: { amount: 50_000, bookedOn: '2024-03-04', reference: 'D1' },
          id: 'c74a39a0-90eb-80dd-89a7-bae8d0b730b8',
        },
      ])
  })

  test.each([0, -1, 0.5, Number.NaN, 2 ** 53])('is refused for an amount of %d', async (amount) => {
    await account.given([opened]).when('deposit', booking(amount, 'D1')).then({ code: 'invalid-command' })
  })

  test('is refused for a date that is not in the calendar', async () => {
    const input = { ...booking(1, 'D1'), bookedOn: '2024-02-30' }
    await account.given([opened]).when('deposit', input).then({ code: 'invalid-command' })
  })

  test('needs a reference', async () => {
    await account.given([opened]).when('deposit', booking(1, '')).then({ code: 'invalid-command' })
  })
})

describe('a withdrawal', () => {
  test('may use up the overdraft limit, to the last minor unit', async () => {
    await account
      .given([opened, deposited])
      .when('withdraw', booking(60_000, 'W1'))
      .thenState({ status: 'open', balance: -10_000, overdraftLimit: 10_000 })
  })

  test('is refused beyond the overdraft limit', async () => {
    await account.given([opened, deposited]).when('withdraw', booking(60_001, 'W1')).then({
      code: 'overdraft-limit-exceeded',
      message: '600.01 is more than the 600.00 available.',
    })
  })
})

describe('the overdraft limit', () => {
  test('can be changed', async () => {
    const change = { changedOn: '2024-05-06', overdraftLimit: 0 }
    await account
      .given([opened, deposited])
      .when('changeOverdraftLimit', change)
      .then([{ type: 'OverdraftLimitChanged', data: change }])
  })

  test('does not change where it is what is asked for', async () => {
    const change = { changedOn: '2024-05-06', overdraftLimit: 10_000 }
    await account.given([opened]).when('changeOverdraftLimit', change).then([])
  })

  test('is not lowered below what is overdrawn', async () => {
    const overdrawn = { type: 'MoneyWithdrawn', data: booking(8_000, 'W1') } as const
    const change = (overdraftLimit: number) =>
      account
        .given([opened, overdrawn])
        .when('changeOverdraftLimit', { changedOn: '2024-05-06', overdraftLimit })
    await change(7_999).then({
      code: 'overdraft-limit-in-use',
      message: 'The balance is -80.00: pay in before lowering the limit.',
    })
    await change(8_000).thenState({ status: 'open', balance: -8_000, overdraftLimit: 8_000 })
  })

  test('is never negative', async () => {
    const change = { changedOn: '2024-05-06', overdraftLimit: -1 }
    await account.given([opened]).when('changeOverdraftLimit', change).then({ code: 'invalid-command' })
  })
})

describe('closing', () => {
  test('needs a balance of zero', async () => {
    await account
      .given([opened, deposited])
      .when('close', closed.data)
      .then({ code: 'balance-not-zero', message: 'The balance is 500.00: settle it before closing.' })
    await account.given([opened, deposited, withdrawn]).when('close', closed.data).then([closed])
  })
})

describe.each([
  ['is not open', [], 'account-not-open'],
  ['is closed', [opened, closed], 'account-closed'],
] as const)('an account that %s', (_, history, code) => {
  test('refuses every operation', async () => {
    const given = account.given(history)
    await given.when('deposit', booking(1, 'D1')).then({ code })
    await given.when('withdraw', booking(1, 'W1')).then({ code })
    await given.when('changeOverdraftLimit', { changedOn: '2024-05-06', overdraftLimit: 0 }).then({ code })
    await given.when('close', closed.data).then({ code })
  })
})

describe('the reference of the bank', () => {
  test('is booked once, however often the command is repeated', async () => {
    await using store = openMemory()
    const accounts = repository(Account, store)
    await accounts.execute('42', 'open', opened.data)
    await accounts.execute('42', 'deposit', booking(50_000, 'D1'))
    const repeated = await accounts.execute('42', 'deposit', booking(50_000, 'D1'))
    expect(repeated.appended?.duplicate).toBe(true)
    expect((await accounts.load('42')).state.balance).toBe(50_000)
  })

  test('belongs to one booking of one account', async () => {
    await using store = openMemory()
    const accounts = repository(Account, store)
    await accounts.execute('42', 'open', opened.data)
    await accounts.execute('43', 'open', opened.data)
    await accounts.execute('42', 'deposit', booking(50_000, 'D1'))
    const conflict = (error: unknown) => isEventfoldError(error, 'event-id-conflict')
    await expect(accounts.execute('42', 'deposit', booking(60_000, 'D1'))).rejects.toSatisfy(conflict)
    await expect(accounts.execute('43', 'deposit', booking(50_000, 'D1'))).rejects.toSatisfy(conflict)
  })
})
