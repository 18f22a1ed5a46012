import type { FoldRow, StoredEvent, StreamInfo, StreamQuery } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { eventColumns, readEvent, readTime } from './event-row.ts'
import { type Row, run, runAndRead, runEach, type Statement, statement, type Value } from './statement.ts'
import { wholeNumber } from './whole-number.ts'

/** Reads one stream. What pg throws is not translated. */
export class StreamReader {
  readonly #events: Statement
  readonly #eventsBackwards: Statement
  readonly #fold: Statement
  readonly #foldBackwards: Statement
  readonly #info: Statement

  constructor(schema: string) {
    this.#events = statement('read_stream', readRange(schema, eventColumns('e'), 'ASC'))
    this.#eventsBackwards = statement('read_stream_back', readRange(schema, eventColumns('e'), 'DESC'))
    this.#fold = statement('read_fold', readRange(schema, foldColumns, 'ASC'))
    this.#foldBackwards = statement('read_fold_back', readRange(schema, foldColumns, 'DESC'))
    this.#info = statement('stream_info', readInfo(schema))
  }

  readStream(client: ClientBase, query: StreamQuery): Promise<readonly StoredEvent[]> {
    const range = query.backwards ? this.#eventsBackwards : this.#events
    return runAndRead(client, range, valuesOf(query), readEvent)
  }

  readFold(client: ClientBase, query: StreamQuery): Promise<readonly FoldRow[]> {
    const range = query.backwards ? this.#foldBackwards : this.#fold
    return runAndRead(client, range, valuesOf(query), readFoldRow)
  }

  /** Several forwards ones in one round trip. */
  readFolds(client: ClientBase, queries: readonly StreamQuery[]): Promise<readonly (readonly FoldRow[])[]> {
    return runEach(client, this.#fold, queries.map(valuesOf), readFoldRow)
  }

  async streamInfo(client: ClientBase, stream: string): Promise<StreamInfo | undefined> {
    const [row] = await run(client, this.#info, [stream])
    if (row === undefined) return undefined
    const [version, firstVersion, first, last, closed] = row as readonly string[]
    return {
      stream,
      version: wholeNumber(version as string),
      firstVersion: wholeNumber(firstVersion as string),
      firstRecordedAt: new Date(readTime(first as string)),
      lastRecordedAt: new Date(readTime(last as string)),
      closed: closed === 't',
    }
  }
}

function valuesOf({ stream, from, to, limit }: StreamQuery): readonly Value[] {
  return [stream, from, to, limit]
}

/** A column that is null costs nothing to send and to read. */
const foldColumns = 'e.id, e.type, nullif(e.schema_version, 1), e.data, e.version'

function readFoldRow([id, type, schemaVersion, data, version]: Row): FoldRow {
  return {
    id: id as string,
    version: wholeNumber(version as string),
    type: type as string,
    schemaVersion: schemaVersion === null ? 1 : Number(schemaVersion),
    data: data as string,
  }
}

/** $1: stream. $2 and $3: first and last version. $4: most events. */
const readRange = (schema: string, columns: string, direction: 'ASC' | 'DESC') => `
SELECT ${columns} FROM "${schema}".events e
WHERE e.stream = $1 AND e.version >= $2 AND e.version <= $3
ORDER BY e.version ${direction} LIMIT $4`

/** $1: stream. */
const readInfo = (schema: string) => `
SELECT last.version, first.version, date_part('epoch', coalesce(marks.first_recorded_at, first.recorded_at)),
  date_part('epoch', last.recorded_at), s.closed
FROM "${schema}".streams s
JOIN LATERAL (
  SELECT e.version, e.recorded_at FROM "${schema}".events e WHERE e.stream = s.stream ORDER BY e.version LIMIT 1
) AS first ON true
JOIN "${schema}".events last ON last.stream = s.stream AND last.version = s.version
LEFT JOIN "${schema}".stream_marks marks ON marks.stream = s.stream
WHERE s.stream = $1`
