import { readModel } from '@eventfold/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { accountHistory } from '../src/account-history.ts'
import { AccountSummaries } from '../src/account-summary.ts'
import { BookingTotals } from '../src/booking-totals.ts'
import { importStatement } from '../src/import-statement.ts'
import { openSummaries, openTotals } from '../src/read-models.ts'
import { readStatement } from '../src/read-statement.ts'
import { allDocuments } from './all-documents.ts'
import { newDemoStore, storeNames } from './demo-stores.ts'
import { expectedReadModels } from './expected-read-models.ts'
import { type AtEnd, shared } from './shared.ts'
import { shippedStatement } from './shipped-statement.ts'

/** Starts a read model, and stops it at the end. */
async function started<Model extends { start(): Promise<void>; stop(): Promise<void> }>(
  model: Model,
  atEnd: AtEnd = onTestFinished,
) {
  atEnd(() => model.stop())
  await model.start()
  return model
}

describe.each(storeNames)('the read models on %s', (name) => {
  const followed = shared(async (atEnd) => {
    const { store, openStatements } = await newDemoStore(name, atEnd)
    const summaries = await started(openSummaries(store), atEnd)
    const totals = await started(openTotals(store), atEnd)
    const statements = openStatements({})
    if (statements.readModel) await started(statements.readModel, atEnd)
    await importStatement(store, readStatement(shippedStatement))
    const head = await store.head()
    for (const model of [summaries, totals, statements.readModel]) await model?.waitFor(head)
    return { store, summaries, totals, statements }
  })

  test('say what the rows of the statement say', async () => {
    const { summaries, totals, statements } = followed()
    const expected = await expectedReadModels(readStatement(shippedStatement))
    expect(await allDocuments(summaries)).toEqual(expected.summaries)
    expect(await allDocuments(totals)).toEqual(expected.totals)
    for (const [account, lines] of expected.lines) expect(await statements.linesOf(account)).toEqual(lines)
    const rebuilt = await statements.readModel?.rebuild()
    expect(rebuilt?.handled).toBe(statements.readModel && 853)
    for (const [account, lines] of expected.lines) expect(await statements.linesOf(account)).toEqual(lines)
    expect(await statements.linesOf('none')).toEqual([])
  })

  test('have the balance of the account after each booking', async () => {
    const { store, statements } = followed()
    const lines = await statements.linesOf('1005')
    const balances = new Map(lines.map(({ version, balance }) => [version, balance]))
    for await (const { event, state } of accountHistory(store, '1005')) {
      expect(balances.get(event.version) ?? 0).toBe(state.balance)
    }
    expect(Math.min(...balances.values())).toBe(-890_860)
  })

  test('add up: days to months, months to all balances', async () => {
    const { summaries, totals } = followed()
    const months = await totals.find({ period: 'month' }, { orderBy: 'date' })
    expect(months.documents.map(({ key }) => key)).toEqual(
      Array.from({ length: 12 }, (_, month) => `2024-${String(month + 1).padStart(2, '0')}`),
    )
    for (const { key, document } of months.documents) {
      const days = await totals.find({ period: 'day', date: { from: `${key}-01`, to: `${key}-31` } })
      for (const column of ['deposits', 'deposited', 'withdrawals', 'withdrawn'] as const) {
        expect(sum(days.documents.map((day) => day.document[column]))).toBe(document[column])
      }
    }
    const change = sum(months.documents.map(({ document }) => document.deposited - document.withdrawn))
    const accounts = [...(await allDocuments(summaries)).values()]
    expect(sum(accounts.map(({ balance }) => balance))).toBe(change)
    expect(sum(accounts.map(({ bookings }) => bookings))).toBe(853)
  })

  test('are found by their fields, in order and page by page', async () => {
    const { summaries } = followed()
    expect(await summaries.count()).toBe(12)
    expect(await summaries.count({ status: 'open', balance: { to: -1 } })).toBe(1)
    const balances: number[] = []
    let after: string | undefined
    do {
      const page = await summaries.find(
        { status: 'open' },
        { orderBy: 'balance', backwards: true, limit: 5, ...(after !== undefined && { after }) },
      )
      balances.push(...page.documents.map(({ document }) => document.balance))
      after = page.next
    } while (after !== undefined)
    expect(balances).toHaveLength(12)
    expect(balances).toEqual(balances.toSorted((a, b) => b - a))
  })

  test('are the same inline and live, by one word', async () => {
    const { store } = await newDemoStore(name)
    const inline = await started(readModel(AccountSummaries, store, { mode: 'inline' }))
    const totals = await started(readModel(BookingTotals, store, { mode: 'inline' }))
    await importStatement(store, january())
    const expected = await expectedReadModels(january())
    // Nobody waits: what was appended is in the read model.
    expect(await allDocuments(inline)).toEqual(expected.summaries)
    expect(await allDocuments(totals)).toEqual(expected.totals)
    const live = readModel(AccountSummaries, store, { mode: 'live' })
    expect(await allDocuments(live)).toEqual(expected.summaries)
  })

  test('go on where they were when the program is started again, and nothing is doubled', async () => {
    const { store, openStatements } = await newDemoStore(name)
    const expected = await expectedReadModels(readStatement(shippedStatement))
    const interrupted = importStatement(store, readStatement(shippedStatement), {
      onProgress({ booked }) {
        if (booked === 400) throw new Error('interrupted')
      },
    })
    await expect(interrupted).rejects.toThrow('interrupted')
    for (const _ of ['first', 'second']) {
      await using summaries = openSummaries(store)
      const statements = openStatements({})
      await using statementTables = statements.readModel
      for (const model of [summaries, statementTables]) {
        await model?.start()
        await model?.waitFor(await store.head())
      }
      await importStatement(store, readStatement(shippedStatement))
      for (const model of [summaries, statementTables]) await model?.waitFor(await store.head())
      expect(await allDocuments(summaries)).toEqual(expected.summaries)
      expect(await statements.linesOf('1004')).toEqual(expected.lines.get('1004'))
      expect(await summaries.audit()).toMatchObject({ complete: true, expected: 865, handled: 865 })
    }
  })
})

async function* january() {
  for await (const booking of readStatement(shippedStatement)) {
    if (booking.bookedOn < '2024-02') yield booking
  }
}

function sum(numbers: readonly number[]) {
  return numbers.reduce((total, number) => total + number, 0)
}
