import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importStatement } from '../src/import-statement.ts'
import { openSummaries, openTotals } from '../src/read-models.ts'
import { readStatement } from '../src/read-statement.ts'
import { reconcile } from '../src/reconcile.ts'
import { summarise } from '../src/summarise.ts'
import { allDocuments } from './all-documents.ts'
import { expectedReadModels } from './expected-read-models.ts'
import { stores } from './stores.ts'

const besideRepository = '../../../../shared/data/berka-transactions.csv'
const statement = process.env['BERKA_STATEMENT'] ?? fileURLToPath(new URL(besideRepository, import.meta.url))
const reason = existsSync(statement) ? '' : ` (skipped: no ${statement}; set BERKA_STATEMENT)`

// Real accounts of a Czech bank in 1993 and 1994, of the PKDD'99 Discovery Challenge. Not part of the project.
describe.skipIf(reason !== '').each(stores)(`the accounts of a real bank on %s${reason}`, (name, open) => {
  test('agree with the balances of the bank, are imported once, and have read models', {
    timeout: 120_000,
  }, async () => {
    const store = await open()
    const imported = await importStatement(store, readStatement(statement))
    expect(imported).toEqual({ opened: 1_229, booked: 49_102, alreadyBooked: 0 })

    const { incomplete, ...comparison } = summarise(await reconcile(store, readStatement(statement)))
    expect(comparison).toEqual({
      bookings: 49_102,
      missing: 0,
      accounts: 1_229,
      chaining: 1_201,
      exact: 598,
      largestDifference: 80,
    })
    expect(incomplete).toHaveLength(28)

    // The rest is proven on every store with the statement that comes with the example; once with this many is enough.
    if (name !== 'SQLite') return
    const head = await store.head()
    const again = await importStatement(store, readStatement(statement))
    expect(again).toEqual({ opened: 0, booked: 0, alreadyBooked: 49_102 })
    expect(await store.head()).toBe(head)

    await using summaries = openSummaries(store)
    await using totals = openTotals(store)
    for (const model of [summaries, totals]) await model.start()
    for (const model of [summaries, totals]) await model.waitFor(head, { timeout: 60_000 })
    const expected = await expectedReadModels(readStatement(statement))
    expect(await allDocuments(summaries)).toEqual(expected.summaries)
    expect(await allDocuments(totals)).toEqual(expected.totals)
    expect(await summaries.audit()).toMatchObject({ complete: true, handled: 50_331 })
  })
})
