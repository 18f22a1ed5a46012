import { repository } from '@eventfold/core'
import { describe, expect, test } from 'vitest'
import { Account } from '../src/account.ts'
import { accountHistory } from '../src/account-history.ts'
import { eventDate } from '../src/event-date.ts'
import { importStatement } from '../src/import-statement.ts'
import { readStatement } from '../src/read-statement.ts'
import { reconcile } from '../src/reconcile.ts'
import { summarise } from '../src/summarise.ts'
import { collect } from './bookings.ts'
import { shared } from './shared.ts'
import { shippedStatement } from './shipped-statement.ts'
import { stores } from './stores.ts'

const wholeYear = {
  bookings: 853,
  missing: 0,
  accounts: 12,
  chaining: 11,
  exact: 2,
  largestDifference: 70,
  incomplete: ['1009'],
}

describe.each(stores)('the shipped statement on %s', (_, open) => {
  const imported = shared(async (atEnd) => {
    const store = await open(atEnd)
    return { store, result: await importStatement(store, readStatement(shippedStatement)) }
  })

  test('is imported, and agrees with the balances of the bank', async () => {
    const { store, result } = imported()
    expect(result).toEqual({ opened: 12, booked: 853, alreadyBooked: 0 })
    const comparisons = await reconcile(store, readStatement(shippedStatement))
    expect(summarise(comparisons)).toEqual(wholeYear)
    for (const { chains, worstDifference } of comparisons) {
      if (chains) expect(Math.abs(worstDifference)).toBeLessThanOrEqual(70)
    }
  })

  test('is imported again without a change', async () => {
    const { store } = imported()
    const head = await store.head()
    const again = await importStatement(store, readStatement(shippedStatement))
    expect(again).toEqual({ opened: 0, booked: 0, alreadyBooked: 853 })
    expect(await store.head()).toBe(head)
  })

  test('takes one account below zero, within its limit', async () => {
    const { store } = imported()
    const states = (await collect(accountHistory(store, '1005'))).map(({ state }) => state)
    expect(Math.min(...states.map(({ balance }) => balance))).toBe(-890_860)
    expect(states.at(-1)).toEqual({ status: 'open', balance: -585_540, overdraftLimit: 1_000_000 })
  })

  test('can be looked at as it was on a day', async () => {
    const { store } = imported()
    const accounts = repository(Account, store)
    const halfYear = await accounts.load('1001', { while: (event) => eventDate(event) <= '2024-06-30' })
    const sameByVersion = await accounts.load('1001', { version: halfYear.version })
    expect(sameByVersion).toEqual(halfYear)
    const bookings = (await collect(readStatement(shippedStatement))).filter(
      ({ account, bookedOn }) => account === '1001' && bookedOn <= '2024-06-30',
    )
    expect(halfYear.version).toBe(bookings.length + 1)
  })

  test('is imported in two goes, the first of which was interrupted', async () => {
    const store = await open()
    const interrupted = importStatement(store, readStatement(shippedStatement), {
      onProgress({ booked }) {
        if (booked === 400) throw new Error('interrupted')
      },
    })
    await expect(interrupted).rejects.toThrow('interrupted')
    const { booked, alreadyBooked } = await importStatement(store, readStatement(shippedStatement))
    expect(alreadyBooked).toBeGreaterThanOrEqual(400)
    expect(booked + alreadyBooked).toBe(853)
    expect(summarise(await reconcile(store, readStatement(shippedStatement)))).toEqual(wholeYear)
  })
})
