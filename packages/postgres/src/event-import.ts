import { judgeImport, type StoredEvent } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { plainArray, textArray } from './array-literal.ts'
import type { Connections } from './connections.ts'
import { run, type Statement, statement, type Value } from './statement.ts'
import type { Transactions } from './transactions.ts'
import { wholeNumber } from './whole-number.ts'

/**
 * Stores events as they were in another store, a transaction for each call.
 *
 * It locks the tables against all who append, and all positions that it stores are behind the last event. So for readers
 * it is one more append: they have come to the position of an event at most, and what the sequence has given out behind
 * that was rolled back. The sequence is moved on before the commit, and never back.
 */
export class EventImport {
  readonly #connections: Connections
  readonly #transactions: Transactions
  readonly #lock: string
  readonly #head: Statement
  readonly #versions: Statement
  readonly #byIds: Statement
  readonly #putStreams: Statement
  readonly #insert: Statement
  readonly #insertTags: Statement
  readonly #moveSequence: Statement

  constructor(connections: Connections, transactions: Transactions, schema: string) {
    this.#connections = connections
    this.#transactions = transactions
    // In the order in which appends come to them.
    this.#lock = `LOCK TABLE "${schema}".streams, "${schema}".events IN SHARE ROW EXCLUSIVE MODE`
    this.#head = statement('import_head', `SELECT coalesce(max(position), 0) FROM "${schema}".events`)
    this.#versions = statement(
      'import_versions',
      `SELECT stream, version FROM "${schema}".streams WHERE stream = ANY ($1)`,
    )
    this.#byIds = statement(
      'import_ids',
      `SELECT id, stream FROM "${schema}".events WHERE id = ANY ($1::uuid[])`,
    )
    this.#putStreams = statement('import_streams', putStreams(schema))
    this.#insert = statement('import_events', insertEvents(schema))
    this.#insertTags = statement(
      'import_tags',
      `INSERT INTO "${schema}".tags (tag, position) SELECT * FROM unnest($1::text[], $2::bigint[])`,
    )
    this.#moveSequence = statement('import_sequence', moveSequence(schema))
  }

  /** @throws ImportConflictError */
  async store(events: readonly StoredEvent[]): Promise<void> {
    await this.#transactions.run(async (client) => {
      try {
        await this.#store(client, events)
      } catch (error) {
        throw this.#connections.translate(error, false)
      }
    })
  }

  async #store(client: ClientBase, events: readonly StoredEvent[]): Promise<void> {
    await client.query(this.#lock)
    const [head] = await run(client, this.#head, [])
    const streams = [...new Set(events.map(({ stream }) => stream))]
    const rows = await run(client, this.#versions, [textArray(streams)])
    const versions = new Map(rows.map(([stream, version]) => [stream, wholeNumber(version as string)]))
    const taken = await run(client, this.#byIds, [plainArray(events.map(({ id }) => id))])
    const after = judgeImport(events, {
      head: wholeNumber(head?.[0] as string),
      versionOf: (stream) => versions.get(stream) ?? 0,
      taken: taken.map(([id, stream]) => ({ id: id as string, stream: stream as string })),
    })
    await run(client, this.#putStreams, [textArray([...after.keys()]), plainArray([...after.values()])])
    await run(client, this.#insert, valuesOf(events))
    const tags = events.flatMap(({ tags, position }) => tags.map((tag) => ({ tag, position })))
    if (tags.length > 0) {
      await run(client, this.#insertTags, [
        textArray(tags.map(({ tag }) => tag)),
        plainArray(tags.map(({ position }) => position)),
      ])
    }
    await run(client, this.#moveSequence, [events.at(-1)?.position ?? 0])
  }
}

function valuesOf(events: readonly StoredEvent[]): Value[] {
  return [
    plainArray(events.map(({ position }) => position)),
    textArray(events.map(({ stream }) => stream)),
    plainArray(events.map(({ version }) => version)),
    plainArray(events.map(({ id }) => id)),
    textArray(events.map(({ type }) => type)),
    plainArray(events.map(({ schemaVersion }) => schemaVersion)),
    textArray(events.map(({ data }) => data)),
    textArray(events.map(({ metadata }) => (metadata === '' ? undefined : metadata))),
    textArray(events.map(({ tags }) => (tags.length === 0 ? undefined : textArray(tags)))),
    plainArray(events.map(({ recordedAt }) => recordedAt)),
  ]
}

/** $1 and $2: streams, and the versions that they come to. */
const putStreams = (schema: string) => `
INSERT INTO "${schema}".streams AS s (stream, version)
SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (stream) DO UPDATE SET version = excluded.version`

/** $10: milliseconds since 1970. As an interval they are exact, as seconds they would be rounded. */
const insertEvents = (schema: string) => `
INSERT INTO "${schema}".events
  (position, stream, version, id, type, schema_version, data, metadata, tags, recorded_at)
SELECT e.position, e.stream, e.version, e.id, e.type, e.schema_version, e.data, e.metadata, e.tags::text[],
  'epoch'::timestamptz + e.recorded_at * interval '1 millisecond'
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::integer[], $7::json[], $8::json[],
  $9::text[], $10::bigint[])
  AS e(position, stream, version, id, type, schema_version, data, metadata, tags, recorded_at)
ORDER BY e.position`

/** $1: the last position that is taken. */
const moveSequence = (schema: string) => `
SELECT setval('"${schema}".events_position_seq', greatest($1::bigint, s.last_value))
FROM "${schema}".events_position_seq s`
