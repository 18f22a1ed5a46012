import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogFilter } from '@eventfold/core/adapter'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { openSqlite } from '../src/index.ts'
import { logSql } from '../src/log-sql.ts'
import { eventColumns, foldColumns, identitiesSql } from '../src/rows.ts'
import { streamSql, wholeStreamSql } from '../src/stream-reader.ts'

const bounds = { first: 100, last: 200, fromVersion: 10, toVersion: 50, limit: 10 }

describe.each([false, true])('query plans, with statistics: %s', (withStatistics) => {
  let database: Database.Database

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'eventfold-sqlite-'))
    const store = await openSqlite(join(folder, 'events.db'))
    for (let stream = 0; stream < 5; stream++) {
      const events = Array.from({ length: 100 }, () => ({ type: 'T', data: 1, tags: ['a', 'b'] }))
      await store.append(`account-${stream}`, events)
    }
    await store.close()
    database = new Database(join(folder, 'events.db'))
    if (withStatistics) database.exec('ANALYZE')
    return () => {
      database.close()
      rmSync(folder, { recursive: true })
    }
  })

  function planOf(sql: string): string {
    const statement = database.prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    // With statistics the plan depends on the values.
    const values = {
      stream: 'account-1',
      category: 'account',
      tag0: 'a',
      tag1: 'b',
      types: '["T"]',
      ...bounds,
    }
    const parameters = sql.includes('@') ? [values] : Array.from(sql.matchAll(/\?/g), () => 1)
    return statement
      .all(...parameters)
      .map(({ detail }) => detail)
      .join('\n')
  }

  const byStream =
    'SEARCH eventfold_events USING INDEX eventfold_events_by_stream (stream=? AND version>? AND version<?)'

  test.each(['ASC', 'DESC'] as const)('a stream is read by its index, %s', (order) => {
    expect(planOf(streamSql(eventColumns, order))).toBe(byStream)
    expect(planOf(streamSql(foldColumns, order))).toBe(byStream)
    expect(planOf(wholeStreamSql(foldColumns))).toBe(
      'SEARCH eventfold_events USING INDEX eventfold_events_by_stream (stream=?)',
    )
  })

  test('the version of a stream is one look into an index, and so is an id', () => {
    expect(planOf('SELECT max(version) FROM eventfold_events WHERE stream = ?')).toBe(
      'SEARCH eventfold_events USING COVERING INDEX eventfold_events_by_stream (stream=?)',
    )
    expect(planOf(identitiesSql)).toMatch(
      /^SEARCH eventfold_events USING INDEX eventfold_events_by_id \(id=\?\)$/m,
    )
  })

  const byPosition = 'SEARCH eventfold_events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'
  const filters: readonly [LogFilter, string][] = [
    [{}, byPosition],
    [{ types: ['T'] }, byPosition],
    [{ category: 'account' }, byPosition],
    [{ category: 'account', types: ['T'] }, byPosition],
    [{ stream: 'account-1' }, byStream],
    [{ stream: 'account-1', types: ['T'], tags: ['a'] }, byStream],
    [{ tags: ['a'] }, 'SEARCH walk USING PRIMARY KEY (tag=? AND position>? AND position<?)'],
    [
      { tags: ['a', 'b'], types: ['T'] },
      'SEARCH walk USING PRIMARY KEY (tag=? AND position>? AND position<?)',
    ],
  ]

  test.each(filters)('the log with %j is walked in order, without a sort or a scan', (filter, firstStep) => {
    for (const backwards of [false, true]) {
      const plan = planOf(logSql(filter, backwards))
      expect(plan.split('\n')[0]).toBe(firstStep)
      expect(plan).not.toMatch(/TEMP B-TREE FOR ORDER BY|SCAN (?!json_each)/)
    }
  })
})
