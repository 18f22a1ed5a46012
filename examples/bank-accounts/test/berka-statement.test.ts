import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Booking } from '../src/booking.ts'
import { importStatement } from '../src/import-statement.ts'
import { openSummaries, openTotals } from '../src/read-models.ts'
import { readStatement } from '../src/read-statement.ts'
import { reconcile } from '../src/reconcile.ts'
import { summarise } from '../src/summarise.ts'
import { allDocuments } from './all-documents.ts'
import { collect, statementOf } from './bookings.ts'
import { expectedReadModels } from './expected-read-models.ts'
import { stores } from './stores.ts'

const besideRepository = '../../../../shared/data/berka-transactions.csv'
const file = process.env['BERKA_STATEMENT'] ?? fileURLToPath(new URL(besideRepository, import.meta.url))
const reason = existsSync(file) ? '' : ` (skipped: no ${file}; set BERKA_STATEMENT)`

const bothYears = {
  until: '1994-12-31',
  bookings: 49_102,
  accounts: 1_229,
  chaining: 1_201,
  exact: 598,
  largestDifference: 80,
  incomplete: 28,
}

const firstHalfYear = {
  until: '1993-06-30',
  bookings: 5_347,
  accounts: 554,
  chaining: 554,
  exact: 409,
  largestDifference: 20,
  incomplete: 0,
}

// A command for each booking takes a while: one store gets all of them, the others the first, unless told otherwise.
const isWhole = (store: string) => store === 'SQLite' || process.env['BERKA_WHOLE'] === 'everywhere'

// Real accounts of a Czech bank in 1993 and 1994, of the PKDD'99 Discovery Challenge. Not part of the project.
describe.skipIf(reason !== '')(`the accounts of a real bank${reason}`, () => {
  let everything: readonly Booking[]

  beforeAll(async () => {
    everything = await collect(readStatement(file))
  })

  test.each(stores)(
    'agree with its balances on %s, are imported once, and have read models',
    {
      timeout: 600_000,
    },
    async (name, open) => {
      const { until, bookings, accounts, ...agreement } = isWhole(name) ? bothYears : firstHalfYear
      const part = everything.filter(({ bookedOn }) => bookedOn <= until)
      const statement = () => statementOf(part)
      const store = await open()
      const imported = await importStatement(store, statement())
      expect(imported).toEqual({ opened: accounts, booked: bookings, alreadyBooked: 0 })

      const { incomplete, ...comparison } = summarise(await reconcile(store, statement()))
      expect({ ...comparison, incomplete: incomplete.length }).toEqual({
        bookings,
        missing: 0,
        accounts,
        ...agreement,
      })

      const head = await store.head()
      const again = await importStatement(store, statement())
      expect(again).toEqual({ opened: 0, booked: 0, alreadyBooked: bookings })
      expect(await store.head()).toBe(head)

      await using summaries = openSummaries(store)
      await using totals = openTotals(store)
      for (const model of [summaries, totals]) await model.start()
      for (const model of [summaries, totals]) await model.waitFor(head, { timeout: 60_000 })
      const expected = await expectedReadModels(statement())
      expect(await allDocuments(summaries)).toEqual(expected.summaries)
      expect(await allDocuments(totals)).toEqual(expected.totals)
      expect(await summaries.audit()).toMatchObject({ complete: true, handled: accounts + bookings })
    },
  )
})
