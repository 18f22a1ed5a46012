import type { EncodedEvent, StreamWrite } from '@eventfold/core/adapter'
import { type Statement, statement, type Value } from './statement.ts'

/**
 * Gives the position of the event, its version and its time, the last two as null unless they were asked for, or no row
 * where nothing was stored: the append is refused.
 */
export interface SingleAppendCall {
  readonly statement: Statement
  readonly values: readonly Value[]
}

/**
 * One event for one stream, which most appends are: plain statements, a tenth faster than the function that handles
 * everything. They store the event or do nothing at all.
 */
export class SingleAppend {
  readonly #exact: StatementPair
  readonly #none: StatementPair
  readonly #any: StatementPair

  constructor(schema: string) {
    const pair = (label: string, bump: string, version: boolean): StatementPair => ({
      timed: statement(`${label}_timed`, insertAfter(schema, bump, { version, time: true })),
      plain: statement(label, insertAfter(schema, bump, { version, time: false })),
    })
    this.#exact = pair('append_exact', bumpExact(schema), false)
    this.#none = pair('append_none', bumpNone(schema), false)
    this.#any = pair('append_any', bumpAny(schema), true)
  }

  /**
   * Undefined where the write is not of the simple kind.
   *
   * @param isTimed whether the time is to be told. The version is told where the write leaves it open
   */
  callFor({ stream, expected, events }: StreamWrite, isTimed: boolean): SingleAppendCall | undefined {
    const event = events[0] as EncodedEvent
    if (events.length > 1 || event.tags.length > 0 || expected === 'stream-exists') return undefined
    const { id, type, schemaVersion, data, metadata } = event
    const values = [stream, id, type, schemaVersion, data, metadata === '' ? null : metadata]
    const form = isTimed ? 'timed' : 'plain'
    if (expected === 'any') return { statement: this.#any[form], values }
    if (expected === 'no-stream') return { statement: this.#none[form], values }
    return { statement: this.#exact[form], values: [...values, expected] }
  }
}

interface StatementPair {
  readonly plain: Statement
  readonly timed: Statement
}

/**
 * $1: stream. $2 to $6: id, type, schema version, data and metadata of the event. The stream is locked before the
 * position is taken, so that nobody waits for it with an announcement that holds readers back.
 *
 * Both writes are common table expressions because Postgres locks the tables of a prepared statement in the order of
 * these, and the table that a statement itself writes to before them: it would lock events first, and everybody else
 * who needs both locks streams first.
 *
 * @param bump gives the new version of the stream, or no row
 */
const insertAfter = (schema: string, bump: string, { version, time }: Told) => `
WITH bumped AS (${bump} RETURNING s.version), inserted AS (
  INSERT INTO "${schema}".events AS e (position, stream, version, id, type, schema_version, data, metadata)
  SELECT "${schema}".only_position(), $1, bumped.version, $2, $3, $4, $5, $6 FROM bumped
  RETURNING e.position${version ? ', e.version' : ''}${time ? ', e.recorded_at' : ''}
)
SELECT inserted.position, ${version ? 'inserted.version' : 'NULL'},
  ${time ? `date_part('epoch', inserted.recorded_at)` : 'NULL'} FROM inserted`

/** No more than is needed: each column that is returned costs about half as much as the announcement. */
interface Told {
  readonly version: boolean
  readonly time: boolean
}

/** $7: expected version. */
const bumpExact = (schema: string) => `
  UPDATE "${schema}".streams s SET version = s.version + 1
  WHERE s.stream = $1 AND s.version = $7 AND NOT s.closed AND "${schema}".enter(NULL)
`

const bumpNone = (schema: string) => `
  INSERT INTO "${schema}".streams AS s (stream, version)
  SELECT $1, 1 WHERE "${schema}".enter(NULL)
  ON CONFLICT DO NOTHING
`

/** Never refused by the version of the stream, so it has to look whether it is a repetition. */
const bumpAny = (schema: string) => `
  INSERT INTO "${schema}".streams AS s (stream, version)
  SELECT $1, 1 WHERE "${schema}".enter(NULL)
    AND NOT EXISTS (SELECT FROM "${schema}".events e WHERE e.id = $2)
  ON CONFLICT (stream) DO UPDATE SET version = s.version + 1 WHERE NOT s.closed
`
