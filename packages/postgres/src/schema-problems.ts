import type { ClientBase } from 'pg'
import { run, statement } from './statement.ts'

export interface SchemaProblem {
  /** As part of a sentence. */
  readonly problem: string
  /** A sentence without its full stop, mostly the SQL that repairs it. */
  readonly remedy: string
}

/**
 * Looks for what would lose, double or reorder events, and what a restore or a hand in the wrong place leaves behind.
 * The worst comes first.
 */
export async function schemaProblems(client: ClientBase, schema: string): Promise<readonly SchemaProblem[]> {
  const [facts] = await run(client, readFacts(schema), [])
  const [sequence, oneByOne, immutable, tagsImmutable, versionKey, idKey] = facts ?? []
  const [ahead] = sequence === 't' ? await run(client, readSequence(schema), []) : [['t']]
  const events = `"${schema}".events`
  const triggers = `Restore it from the SQL of schemaSql({ schema: '${schema}' }), enabled ALWAYS`
  const checks: readonly (readonly [sound: unknown, problem: string, remedy: string])[] = [
    [
      sequence,
      `the positions of ${events} do not come from next_position() and its own sequence events_position_seq`,
      `Run: ALTER TABLE ${events} ALTER position SET DEFAULT "${schema}".next_position(); ` +
        `ALTER SEQUENCE "${schema}".events_position_seq OWNED BY ${events}.position`,
    ],
    [
      oneByOne,
      'sequence events_position_seq does not count one by one, so positions would not be in order',
      `Run: ALTER SEQUENCE "${schema}".events_position_seq INCREMENT 1 CACHE 1 NO CYCLE`,
    ],
    [immutable, `trigger immutable of ${events} is missing or not enabled ALWAYS`, triggers],
    [tagsImmutable, `trigger immutable of "${schema}".tags is missing or not enabled ALWAYS`, triggers],
    [
      versionKey,
      `${events} has no valid unique index on (stream, version)`,
      restoreKey('stream_version', events),
    ],
    [idKey, `${events} has no valid unique index on (id)`, restoreKey('id', events)],
    [
      ahead?.[0],
      'sequence events_position_seq is behind the events',
      `Run: SELECT setval('"${schema}".events_position_seq', (SELECT max(position) FROM ${events}))`,
    ],
  ]
  return checks.flatMap(([sound, problem, remedy]) => (sound === 't' ? [] : [{ problem, remedy }]))
}

const restoreKey = (key: string, events: string) =>
  `Run: ALTER TABLE ${events} ADD CONSTRAINT events_${key}_key UNIQUE (${key.replace('_', ', ')})`

/** The newest position is read before the sequence, which appends move meanwhile. */
const readSequence = (schema: string) =>
  statement(
    'verify_sequence',
    `WITH newest AS MATERIALIZED (SELECT coalesce(max(position), 0) AS position FROM "${schema}".events)
    SELECT newest.position <= CASE WHEN s.is_called THEN s.last_value ELSE 0 END
    FROM newest, "${schema}".events_position_seq s`,
  )

/** One row of booleans. */
const readFacts = (schema: string) => {
  const trigger = (name: string, table: string, handler: string) => `
    EXISTS (SELECT FROM pg_trigger t
      WHERE t.tgrelid = to_regclass('"${schema}".${table}') AND t.tgname = '${name}' AND t.tgenabled = 'A'
        AND t.tgfoid = to_regproc('"${schema}".${handler}'))`
  const key = (name: string) => `
    EXISTS (SELECT FROM pg_constraint c JOIN pg_index i ON i.indexrelid = c.conindid
      WHERE c.conrelid = to_regclass('"${schema}".events') AND c.conname = '${name}' AND c.contype = 'u'
        AND i.indisvalid AND i.indisready)`
  return statement(
    'verify',
    `SELECT
    coalesce(pg_get_serial_sequence('"${schema}".events', 'position')::regclass
      = to_regclass('"${schema}".events_position_seq'), false)
      AND EXISTS (SELECT FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = to_regclass('"${schema}".events') AND a.attname = 'position'
          AND pg_get_expr(d.adbin, d.adrelid) = to_regproc('"${schema}".next_position')::text || '()'),
    EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = to_regclass('"${schema}".events_position_seq')
      AND s.seqcache = 1 AND s.seqincrement = 1 AND NOT s.seqcycle),
    ${trigger('immutable', 'events', 'refuse_change')},
    ${trigger('immutable', 'tags', 'refuse_change')},
    ${key('events_stream_version_key')},
    ${key('events_id_key')}`,
  )
}
