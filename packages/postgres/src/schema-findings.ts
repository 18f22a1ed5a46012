import type { Finding } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { textArray } from './array-literal.ts'
import { schemaProblems } from './schema-problems.ts'
import { run, statement } from './statement.ts'

/** Those that `schemaProblems` does not look for. */
const ownIndexes = [
  'streams_pkey',
  'events_pkey',
  'tags_pkey',
  'documents_pkey',
  'document_fields_pkey',
  'document_fields_value_key',
  'stream_marks_pkey',
]

const ownTables = ['meta', 'streams', 'events', 'tags', 'documents', 'document_fields', 'stream_marks']

/** Of all tables together. */
interface Size {
  bytes: number
  deadRows: number
}

/** What is missing, damaged or foreign in the schema, and how large it is. */
export async function schemaFindings(client: ClientBase, schema: string): Promise<readonly Finding[]> {
  const problems = await schemaProblems(client, schema)
  return [
    ...problems.map(
      ({ problem, remedy }): Finding => ({
        code: 'postgres-schema-damaged',
        severity: 'error',
        message: `Schema ${schema} is damaged: ${problem}.`,
        advice: `${remedy}.`,
        details: { schema },
      }),
    ),
    ...(await indexFindings(client, schema)),
    ...(await foreignFindings(client, schema)),
    ...(await tableFindings(client, schema)),
  ]
}

async function indexFindings(client: ClientBase, schema: string): Promise<readonly Finding[]> {
  const rows = await run(client, findBadIndexes, [schema, textArray(ownIndexes)])
  return rows.map(([name = null, exists]) => ({
    code: 'postgres-index',
    severity: 'error',
    message: `The index ${name} of schema ${schema} is ${exists === 't' ? 'not valid' : 'missing'}.`,
    advice:
      exists === 't'
        ? `Run: REINDEX INDEX "${schema}"."${name}"`
        : `Make it again as in the SQL of schemaSql({ schema: '${schema}' }).`,
    details: { schema, index: name },
  }))
}

async function foreignFindings(client: ClientBase, schema: string): Promise<readonly Finding[]> {
  const rows = await run(client, findForeign, [schema, textArray(ownTables)])
  return rows.map(([kind = null, name = null, table = null]) => ({
    code: 'postgres-foreign-object',
    severity: 'warning',
    message: `The ${kind} ${name} on ${table} of schema ${schema} is not part of the store.`,
    advice:
      kind === 'trigger'
        ? 'It may change or refuse what is stored, and takes part in every append. Use a consumer instead.'
        : 'It makes every write slower. Use a read model instead.',
    details: { schema, kind, name, table },
  }))
}

async function tableFindings(client: ClientBase, schema: string): Promise<readonly Finding[]> {
  const rows = await run(client, readTables, [schema, textArray(ownTables)])
  const size: Size = { bytes: 0, deadRows: 0 }
  const tables: Record<string, number> = {}
  for (const [table, , bytes, deadRows] of rows) {
    size.bytes += Number(bytes)
    size.deadRows += Number(deadRows)
    tables[String(table)] = Number(bytes)
  }
  const unlogged = rows.filter(([, persistence]) => persistence === 'u')
  return [
    ...unlogged.map(
      ([table = null]): Finding => ({
        code: 'postgres-unlogged',
        severity: 'error',
        message: `The table ${table} of schema ${schema} is unlogged: a crash of the server empties it.`,
        advice: `Run: ALTER TABLE "${schema}"."${table}" SET LOGGED`,
        details: { schema, table },
      }),
    ),
    {
      code: 'postgres-size',
      severity: 'info',
      message: `Schema ${schema} has ${(size.bytes / 1_000_000).toFixed(1)} MB, and ${size.deadRows} dead rows.`,
      advice: 'Dead rows that grow without end point to a transaction or slot that keeps them.',
      details: { schema, ...size, tables },
    },
  ]
}

/** $1: schema. $2: names that have to be there. */
const findBadIndexes = statement(
  'doctor_indexes',
  `SELECT wanted.name, c.oid IS NOT NULL
  FROM unnest($2::text[]) AS wanted(name)
  LEFT JOIN pg_class c ON c.relname = wanted.name AND c.relkind = 'i'
    AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = $1)
  LEFT JOIN pg_index i ON i.indexrelid = c.oid
  WHERE i.indexrelid IS NULL OR NOT i.indisvalid OR NOT i.indisready
  ORDER BY wanted.name`,
)

/** $1: schema. $2: tables of the store. */
const findForeign = statement(
  'doctor_foreign',
  `WITH own AS (
    SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) AND c.relkind = 'r'
  )
  SELECT 'trigger', t.tgname, own.relname FROM pg_trigger t JOIN own ON own.oid = t.tgrelid
  WHERE NOT t.tgisinternal AND NOT (t.tgname = 'immutable' AND own.relname IN ('events', 'tags'))
  UNION ALL
  SELECT 'index', c.relname, own.relname
  FROM pg_index i JOIN own ON own.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
  ORDER BY 1, 2`,
)

/** $1: schema. $2: tables of the store. */
const readTables = statement(
  'doctor_tables',
  `SELECT c.relname, c.relpersistence, pg_total_relation_size(c.oid), coalesce(s.n_dead_tup, 0)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
  WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) AND c.relkind = 'r'
  ORDER BY c.relname`,
)
