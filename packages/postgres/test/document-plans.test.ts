import type { DocumentQuery, FieldRange } from '@eventfold/core/adapter'
import type { Client } from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { countText, findText } from '../src/document-queries.ts'
import { testDatabase } from './test-database.ts'

const database = await testDatabase()
let client: Client

beforeAll(async () => {
  await database.open()
  client = await database.connect()
  await client.query(`
    INSERT INTO eventfold.documents
    SELECT c, 'key-' || k, repeat('x', 100) FROM unnest('{a,b}'::text[]) c, generate_series(1, 10000) k;
    INSERT INTO eventfold.document_fields
    SELECT d.collection, d.key, f.field, f.value
    FROM eventfold.documents d, substr(d.key, 5) k,
      unnest('{owner,cents}'::text[], ARRAY['owner ' || k::integer % 1000, k]) AS f(field, value)`)
})

/** With the values known, and as the server plans it for any values after some executions. */
const plansOf = async ({ text, values }: { readonly text: string; readonly values: readonly unknown[] }) => {
  const literals = values.map((value) =>
    typeof value === 'number' ? value : client.escapeLiteral(`${value}`),
  )
  await client.query(`PREPARE shape AS ${text}`)
  const plans: string[] = []
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    await client.query(`SET plan_cache_mode = ${mode}`)
    const { rows } = await client.query(`EXPLAIN (COSTS OFF) EXECUTE shape(${literals.join(', ')})`)
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
  }
  await client.query('DEALLOCATE shape')
  return plans
}

const find = (query: Partial<DocumentQuery>) =>
  findText('eventfold', { collection: 'a', where: [], backwards: false, limit: 20, ...query })

const ofOwner: FieldRange = { field: 'owner', from: 'owner 7', to: 'owner 7' }
const between: FieldRange = { field: 'cents', from: '100', to: '101' }

describe.each(['without statistics', 'with statistics'])('%s', (state) => {
  beforeAll(async () => {
    if (state === 'with statistics')
      await client.query('ANALYZE eventfold.documents, eventfold.document_fields')
  })

  test.each([
    ['all by key', find({}), 'documents_pkey'],
    ['the page after a key', find({ after: { key: 'key-5' }, backwards: true }), 'documents_pkey'],
    ['all by value', find({ orderBy: 'cents' }), 'document_fields_value_key'],
    [
      'the page after a value',
      find({ orderBy: 'cents', after: { key: 'key-5', value: '5' }, backwards: true }),
      'document_fields_value_key',
    ],
    ['a range in its order', find({ orderBy: 'cents', where: [between] }), 'document_fields_value_key'],
    ['one value by key', find({ where: [ofOwner] }), 'document_fields_value_key'],
    [
      'the page of one value',
      find({ where: [ofOwner], after: { key: 'key-7' } }),
      'document_fields_value_key',
    ],
  ])('%s goes along an index, in its order', async (_, query, index) => {
    for (const plan of await plansOf(query)) {
      expect(plan).toContain(`using ${index}`)
      expect(plan).not.toMatch(/Seq Scan|Sort/)
    }
  })

  test.each([
    ['a range by key', find({ where: [between] })],
    ['two ranges', find({ where: [ofOwner, between], orderBy: 'cents' })],
    ['a count of a value', countText('eventfold', 'a', [ofOwner])],
    ['a count of two ranges', countText('eventfold', 'a', [ofOwner, between])],
  ])('%s scans no table', async (_, query) => {
    for (const plan of await plansOf(query)) expect(plan).not.toContain('Seq Scan')
  })
})
