import type { MaintenanceAdapter, StreamMark } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { plainArray, textArray } from './array-literal.ts'
import type { Clients } from './clients.ts'
import { readTime } from './event-row.ts'
import { run, type Statement, statement } from './statement.ts'
import { wholeNumber } from './whole-number.ts'

/** Closes streams and removes events. */
export class Maintenance implements MaintenanceAdapter<ClientBase> {
  readonly #clients: Clients
  readonly #lock: string
  readonly #setClosed: Statement
  readonly #unguard: string
  readonly #guard: string
  readonly #mark: Statement
  readonly #removeTags: Statement
  readonly #remove: Statement
  readonly #isRemoved: Statement
  readonly #list: Statement
  readonly #put: Statement

  constructor(clients: Clients, schema: string) {
    this.#clients = clients
    // In the order in which appends come to them.
    this.#lock = `LOCK TABLE "${schema}".streams, "${schema}".events IN SHARE ROW EXCLUSIVE MODE`
    this.#setClosed = statement('close', `UPDATE "${schema}".streams SET closed = $2 WHERE stream = $1`)
    this.#unguard = `
      ALTER TABLE "${schema}".events DISABLE TRIGGER immutable;
      ALTER TABLE "${schema}".tags DISABLE TRIGGER immutable`
    this.#guard = `
      ALTER TABLE "${schema}".events ENABLE ALWAYS TRIGGER immutable;
      ALTER TABLE "${schema}".tags ENABLE ALWAYS TRIGGER immutable`
    this.#mark = statement('mark', mark(schema))
    this.#removeTags = statement('remove_tags', removeTags(schema))
    this.#remove = statement('remove', `DELETE FROM "${schema}".events WHERE stream = $1 AND version < $2`)
    this.#isRemoved = statement(
      'is_removed',
      `SELECT EXISTS (SELECT FROM "${schema}".stream_marks WHERE removed_to >= $1)`,
    )
    this.#list = statement('list_marks', listMarks(schema))
    this.#put = statement('put_marks', putMarks(schema))
  }

  lock(transaction: ClientBase): Promise<void> {
    return this.#within(transaction, async (client) => {
      await client.query(this.#lock)
    })
  }

  setClosed(stream: string, isClosed: boolean, transaction: ClientBase): Promise<void> {
    return this.#within(transaction, async (client) => {
      await run(client, this.#setClosed, [stream, isClosed])
    })
  }

  /**
   * Switches the triggers off, deletes, and switches them on again. Others who delete wait for the locks of that, and then
   * find them on; nobody sees a catalogue without them, since it is part of the transaction.
   */
  removeBefore(stream: string, before: number, transaction: ClientBase): Promise<void> {
    return this.#within(transaction, async (client) => {
      await client.query(this.#unguard)
      await run(client, this.#mark, [stream, before])
      await run(client, this.#removeTags, [stream, before])
      await run(client, this.#remove, [stream, before])
      await client.query(this.#guard)
    })
  }

  async isRemoved(position: number): Promise<boolean> {
    const [row] = await this.#clients.read((client) => run(client, this.#isRemoved, [position]), undefined)
    return row?.[0] === 't'
  }

  async listMarks(after: string | undefined, limit: number): Promise<readonly StreamMark[]> {
    const rows = await this.#clients.read(
      (client) => run(client, this.#list, [after ?? '', limit]),
      undefined,
    )
    return rows.map(([stream, closed, firstRecordedAt, removedTo]) => ({
      stream: stream as string,
      closed: closed === 't',
      firstRecordedAt: typeof firstRecordedAt === 'string' ? readTime(firstRecordedAt) : null,
      removedTo: typeof removedTo === 'string' ? wholeNumber(removedTo) : null,
    }))
  }

  async putMarks(marks: readonly StreamMark[]): Promise<void> {
    const values = [
      textArray(marks.map(({ stream }) => stream)),
      plainArray(marks.map(({ closed }) => String(closed))),
      plainArray(marks.map(({ firstRecordedAt }) => firstRecordedAt ?? 'NULL')),
      plainArray(marks.map(({ removedTo }) => removedTo ?? 'NULL')),
    ]
    await this.#clients.write((client) => run(client, this.#put, values), undefined)
  }

  #within<Result>(transaction: ClientBase, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#clients.read(work, transaction)
  }
}

/** $1: stream. $2: first version that stays. What is known of the first event stays where that was removed before. */
const mark = (schema: string) => `
INSERT INTO "${schema}".stream_marks AS marks (stream, first_recorded_at, removed_to)
SELECT $1, (array_agg(e.recorded_at ORDER BY e.version))[1], max(e.position)
FROM "${schema}".events e WHERE e.stream = $1 AND e.version < $2
ON CONFLICT (stream) DO UPDATE SET
  first_recorded_at = coalesce(marks.first_recorded_at, excluded.first_recorded_at),
  removed_to = excluded.removed_to`

/** $1: stream. $2: first version that stays. */
const removeTags = (schema: string) => `
DELETE FROM "${schema}".tags t
USING (
  SELECT unnest(e.tags) AS tag, e.position FROM "${schema}".events e WHERE e.stream = $1 AND e.version < $2
) AS removed
WHERE t.tag = removed.tag AND t.position = removed.position`

/** $1: behind this stream. $2: most marks. */
const listMarks = (schema: string) => `
SELECT s.stream, s.closed, date_part('epoch', marks.first_recorded_at), marks.removed_to
FROM "${schema}".streams s LEFT JOIN "${schema}".stream_marks marks ON marks.stream = s.stream
WHERE s.stream > $1 AND (s.closed OR marks.removed_to IS NOT NULL)
ORDER BY s.stream LIMIT $2`

/** $1 to $4: streams, whether they are closed, milliseconds since 1970, positions. */
const putMarks = (schema: string) => `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::boolean[], $3::bigint[], $4::bigint[]) AS g(stream, closed, first, removed_to)
), closed AS (
  UPDATE "${schema}".streams s SET closed = given.closed FROM given WHERE s.stream = given.stream COLLATE "C"
)
INSERT INTO "${schema}".stream_marks AS marks (stream, first_recorded_at, removed_to)
SELECT given.stream, 'epoch'::timestamptz + given.first * interval '1 millisecond', given.removed_to FROM given
WHERE given.removed_to IS NOT NULL
ON CONFLICT (stream) DO UPDATE SET first_recorded_at = excluded.first_recorded_at, removed_to = excluded.removed_to`
