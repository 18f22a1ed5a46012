import type { DocumentQuery, FieldRange } from '@eventfold/core/adapter'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { countSql, probeSql } from '../src/count-sql.ts'
import { findSql } from '../src/find-sql.ts'
import { schemaSql } from '../src/index.ts'
import type { DocumentSql } from '../src/sql-text.ts'

const owner: FieldRange = { field: 'owner', from: 'ada', to: 'ada' }
const cents: FieldRange = { field: 'cents', from: '100', to: '500' }
const after = { key: 'account-5', value: '300' }

describe.each([false, true])('query plans of documents, with statistics: %s', (withStatistics) => {
  let database: Database.Database

  beforeAll(() => {
    database = new Database(':memory:')
    database.exec(schemaSql())
    const document = database.prepare('INSERT INTO eventfold_documents VALUES (?, ?, ?)')
    const field = database.prepare('INSERT INTO eventfold_document_fields VALUES (?, ?, ?, ?)')
    for (let number = 0; number < 1000; number++) {
      const key = ['accounts', `account-${number}`]
      document.run(...key, '{}')
      field.run(...key, 'owner', number % 2 === 0 ? 'ada' : 'bob')
      field.run(...key, 'cents', `${number}`)
    }
    if (withStatistics) database.exec('ANALYZE')
    return () => void database.close()
  })

  function planOf({ text, parameters }: DocumentSql): string[] {
    return database
      .prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
      .all(parameters)
      .map(({ detail }) => detail)
  }

  /** The steps inside of the page, and whether it has to be sorted. */
  function walkOf(query: Partial<DocumentQuery>, narrow?: FieldRange): [walk: string, isSorted: boolean] {
    const all = { collection: 'accounts', where: [], backwards: false, limit: 10, ...query }
    const plan = planOf(findSql(all, narrow))
    for (const step of plan) expect(step).not.toMatch(/^SCAN (?!found)/)
    const walk = plan.find((step) => step.startsWith('SEARCH walk')) ?? ''
    // What comes after it is the sort of a page that is found already.
    const end = plan.findIndex((step) => step.startsWith('SCAN found'))
    const inner = end < 0 ? plan : plan.slice(0, end)
    return [walk, inner.some((step) => step.includes('TEMP B-TREE'))]
  }

  const byKey = 'SEARCH walk USING INDEX eventfold_documents_by_key'
  const byValue = 'SEARCH walk USING COVERING INDEX eventfold_document_fields_by_value'

  test.each([false, true])('a page is entered where the one before ended, backwards: %s', (backwards) => {
    const beyond = backwards ? '<' : '>'
    expect(walkOf({ backwards })).toEqual([`${byKey} (collection=?)`, false])
    expect(walkOf({ backwards, after })).toEqual([`${byKey} (collection=? AND key${beyond}?)`, false])
    expect(walkOf({ backwards, after, orderBy: 'cents' })).toEqual([
      `${byValue} (collection=? AND field=? AND (value,key)${beyond}(?,?))`,
      false,
    ])
    const [bounded, isSorted] = walkOf({ backwards, after, orderBy: 'cents', where: [cents] })
    expect(bounded).toContain(byValue)
    expect(bounded).toContain(`AND (value,key)${beyond}(?,?)`)
    expect(isSorted).toBe(false)
    expect(walkOf({ backwards, after, where: [owner] })).toEqual([
      `${byValue} (collection=? AND field=? AND value=? AND key${beyond}?)`,
      false,
    ])
    const same = { key: 'account-5', value: 'ada' }
    expect(walkOf({ backwards, after: same, orderBy: 'owner', where: [owner] })).toEqual([
      `${byValue} (collection=? AND field=? AND value=? AND key${beyond}?)`,
      false,
    ])
  })

  test('the first page of a range begins at its end', () => {
    expect(walkOf({ orderBy: 'cents', where: [cents] })).toEqual([
      `${byValue} (collection=? AND field=? AND value>? AND value<?)`,
      false,
    ])
  })

  test('a narrow range is walked and sorted, whatever the order is', () => {
    const walk = `${byValue} (collection=? AND field=? AND value=?)`
    expect(walkOf({ orderBy: 'cents', where: [owner, cents] }, owner)).toEqual([walk, true])
    expect(walkOf({ orderBy: 'cents', where: [owner], after }, owner)).toEqual([walk, true])
    expect(walkOf({ where: [cents, owner] }, owner)).toEqual([walk, false])
    expect(walkOf({ orderBy: 'owner', where: [cents], after }, cents)).toEqual([
      `${byValue} (collection=? AND field=? AND value>? AND value<?)`,
      true,
    ])
    expect(walkOf({ where: [cents] }, cents)).toEqual([
      `${byValue} (collection=? AND field=? AND value>? AND value<?)`,
      true,
    ])
  })

  test('other ranges are looked up by key, and the documents of the page too', () => {
    const query = { collection: 'accounts', where: [owner, cents], backwards: false, limit: 10 }
    const plan = planOf(findSql({ ...query, orderBy: 'cents' }, undefined))
    expect(plan).toContain(
      'SEARCH eventfold_document_fields USING PRIMARY KEY (collection=? AND key=? AND field=?)',
    )
    expect(plan).toContain('SEARCH document USING INDEX eventfold_documents_by_key (collection=? AND key=?)')
    const sorted = planOf(findSql({ ...query, orderBy: 'cents' }, owner))
    expect(sorted).toContain('SEARCH sort USING PRIMARY KEY (collection=? AND key=? AND field=?)')
  })

  test('counting needs no row of a document', () => {
    expect(planOf(countSql('accounts', [], undefined))).toEqual([
      'SEARCH walk USING COVERING INDEX eventfold_documents_by_key (collection=?)',
    ])
    expect(planOf(countSql('accounts', [cents, owner], owner))[0]).toBe(
      `${byValue} (collection=? AND field=? AND value=?)`,
    )
    expect(planOf(probeSql('accounts', cents, 10))).toContain(
      `${byValue} (collection=? AND field=? AND value>? AND value<?)`,
    )
  })

  test('a document and its fields are found by key', () => {
    const detail = (sql: string) => planOf({ text: sql, parameters: {} }).join('\n')
    expect(detail(`SELECT data FROM eventfold_documents WHERE collection = 'accounts' AND key = 'a'`)).toBe(
      'SEARCH eventfold_documents USING INDEX eventfold_documents_by_key (collection=? AND key=?)',
    )
    expect(
      detail(
        `SELECT field, value FROM eventfold_document_fields WHERE collection = 'accounts' AND key = 'a'`,
      ),
    ).toBe('SEARCH eventfold_document_fields USING PRIMARY KEY (collection=? AND key=?)')
  })
})
