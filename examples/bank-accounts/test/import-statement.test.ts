import { repository } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { Account } from '../src/account.ts'
import { accountHistory } from '../src/account-history.ts'
import type { Booking } from '../src/booking.ts'
import { importStatement } from '../src/import-statement.ts'
import { StatementError } from '../src/statement-error.ts'
import { collect, statementOf } from './bookings.ts'

const salary: Booking = {
  line: 2,
  reference: 'S1',
  account: '42',
  bookedOn: '2024-01-31',
  kind: 'credit',
  amount: 90_000,
  bankBalance: 90_000,
}
const rent: Booking = {
  ...salary,
  line: 3,
  reference: 'R1',
  kind: 'debit',
  amount: 30_000,
  bankBalance: 60_000,
}

test('an account is opened at its first booking, and each booking is a command', async () => {
  await using store = openMemory()
  const result = await importStatement(store, statementOf([salary, rent]), { overdraftLimit: 500 })
  expect(result).toEqual({ opened: 1, booked: 2, alreadyBooked: 0 })
  const { state } = await repository(Account, store).load('42')
  expect(state).toEqual({ status: 'open', balance: 60_000, overdraftLimit: 500 })
  const steps = await collect(accountHistory(store, '42'))
  expect(steps.map(({ event: { type, metadata } }) => [type, metadata])).toEqual([
    ['AccountOpened', {}],
    ['MoneyDeposited', { actor: 'statement-import', line: 2 }],
    ['MoneyWithdrawn', { actor: 'statement-import', line: 3 }],
  ])
})

test('bookings of one day are made in the order of the balances', async () => {
  await using store = openMemory()
  await importStatement(store, statementOf([rent, salary]), { overdraftLimit: 0 })
  const steps = await collect(accountHistory(store, '42'))
  expect(steps.map(({ state }) => state.balance)).toEqual([0, 90_000, 60_000])
})

test('what an earlier import has booked is skipped, also where the account has refused since', async () => {
  await using store = openMemory()
  const accounts = repository(Account, store)
  const gone = { amount: 60_000, bookedOn: '2024-02-01', reference: 'W1' }
  await importStatement(store, statementOf([salary, rent]))
  await accounts.execute('42', 'withdraw', gone)
  await accounts.execute('42', 'close', { closedOn: '2024-02-01' })
  const head = await store.head()
  expect(await importStatement(store, statementOf([salary, rent]))).toEqual({
    opened: 0,
    booked: 0,
    alreadyBooked: 2,
  })
  expect(await store.head()).toBe(head)
})

test('two imports at the same time book everything once', async () => {
  await using store = openMemory()
  const bookings = Array.from({ length: 50 }, (_, index) => ({
    ...salary,
    reference: `S${index}`,
    bankBalance: salary.amount * (index + 1),
  }))
  const twice = [1, 2].map(() => importStatement(store, statementOf(bookings)))
  await Promise.allSettled(twice)
  await importStatement(store, statementOf(bookings))
  const { state, version } = await repository(Account, store).load('42')
  expect(state.balance).toBe(50 * salary.amount)
  expect(version).toBe(51)
})

test('a booking that the account refuses names its line, and nothing after it is booked', async () => {
  await using store = openMemory()
  const tooMuch = { ...rent, reference: 'R2', bookedOn: '2024-02-01', line: 4, amount: 200_000 }
  const after = { ...salary, reference: 'S2', bookedOn: '2024-02-02', line: 5 }
  const importing = importStatement(store, statementOf([salary, tooMuch, after]), { overdraftLimit: 0 })
  await expect(importing).rejects.toMatchObject({
    name: 'BookingRefusedError',
    booking: tooMuch,
    cause: { code: 'overdraft-limit-exceeded' },
    message:
      'Line 4 of the statement: booking R2 of account 42 is refused: ' +
      '2,000.00 is more than the 900.00 available.',
  })
  expect((await repository(Account, store).load('42')).state.balance).toBe(90_000)
})

test('another booking under a reference that is booked is refused', async () => {
  await using store = openMemory()
  await importStatement(store, statementOf([salary]))
  await expect(importStatement(store, statementOf([{ ...salary, amount: 80_000 }]))).rejects.toThrow(
    'booking S1 of account 42 is refused: the account holds it as a credit of 900.00 on 2024-01-31.',
  )
  await expect(importStatement(store, statementOf([{ ...salary, account: '43' }]))).rejects.toMatchObject({
    name: 'BookingRefusedError',
    cause: { code: 'event-id-conflict' },
  })
})

test('a statement that breaks off keeps what was read before', async () => {
  await using store = openMemory()
  async function* broken() {
    yield salary
    yield { ...rent, bookedOn: '2024-02-01' }
    throw new StatementError('bad-date', { line: 4, value: 'x', problem: 'x' })
  }
  await expect(importStatement(store, broken())).rejects.toBeInstanceOf(StatementError)
  expect((await repository(Account, store).load('42')).state.balance).toBe(90_000)
})

test('progress is told after every booking', async () => {
  await using store = openMemory()
  const told: unknown[] = []
  await importStatement(store, statementOf([salary, rent]), { onProgress: (progress) => told.push(progress) })
  expect(told).toEqual([
    { opened: 1, booked: 1, alreadyBooked: 0 },
    { opened: 1, booked: 2, alreadyBooked: 0 },
  ])
})
