import type { ExpectedVersion } from '@eventfold/core'
import {
  judgeAppend,
  type StoredIdentity,
  type StreamReceipt,
  type StreamWrite,
} from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { encodeMany, encodeOne } from './encode-append.ts'
import { readTime } from './event-row.ts'
import { SingleAppend } from './single-append.ts'
import { type Row, run, type Statement, statement } from './statement.ts'
import { wholeNumber, wholeNumbers } from './whole-number.ts'

/** What the statement tells of a write. */
export interface Receipt extends StreamReceipt {
  /** Of the one event that was stored, where that was asked for. Milliseconds since 1970. */
  readonly recordedAt?: number | undefined
}

/** How one append of a group ended: stored, refused with the reason, or to be tried again. */
export type AppendOutcome = { readonly value: readonly Receipt[] } | { readonly error: unknown } | 'again'

/** The statements that append: one round trip where all goes well. What pg throws is not translated. */
export class AppendStatements {
  readonly #one: Statement
  readonly #many: Statement
  readonly #within: Statement
  readonly #single: SingleAppend

  constructor(schema: string) {
    this.#one = statement(
      'append_one',
      `SELECT last_version, last_position, known FROM "${schema}".append_one(${binds(8)})`,
    )
    this.#many = statement(
      'append_many',
      `SELECT bases, positions, known FROM "${schema}".append_many(${binds(17)})`,
    )
    this.#within = statement(
      'append_within',
      `SELECT bases, positions, known, isolation FROM "${schema}".append_within(${binds(15)})`,
    )
    this.#single = new SingleAppend(schema)
  }

  /**
   * Alone in its group. Waits for locks as long as the connection allows.
   *
   * @param isTimed whether the time of a single event is to be told
   */
  appendSingle(client: ClientBase, append: readonly StreamWrite[], isTimed: boolean): Promise<AppendOutcome> {
    return append.length === 1
      ? this.#appendOne(client, append, isTimed)
      : this.#appendAlone(client, append, 0, false)
  }

  /** @param lockWait for each lock, in milliseconds; 0 for the time-out of the connection */
  appendGroup(
    client: ClientBase,
    appends: readonly (readonly StreamWrite[])[],
    lockWait: number,
  ): Promise<readonly AppendOutcome[]> {
    return this.#appendMany(client, appends, lockWait, false)
  }

  /** Looks every id up first, so that it can tell whose it is. */
  appendCarefully(
    client: ClientBase,
    append: readonly StreamWrite[],
    lockWait: number,
  ): Promise<AppendOutcome> {
    return this.#appendAlone(client, append, lockWait, true)
  }

  async #appendAlone(
    client: ClientBase,
    append: readonly StreamWrite[],
    lockWait: number,
    isCareful: boolean,
  ): Promise<AppendOutcome> {
    const [outcome] = await this.#appendMany(client, [append], lockWait, isCareful)
    return outcome as AppendOutcome
  }

  async #appendMany(
    client: ClientBase,
    appends: readonly (readonly StreamWrite[])[],
    lockWait: number,
    isCareful: boolean,
  ): Promise<readonly AppendOutcome[]> {
    const values = [...encodeMany(appends), setting(lockWait), isCareful]
    const [row] = await run(client, this.#many, values)
    return readOutcomes(appends, row as Row)
  }

  async #appendOne(
    client: ClientBase,
    append: readonly StreamWrite[],
    isTimed: boolean,
  ): Promise<AppendOutcome> {
    const [write] = append as readonly [StreamWrite]
    const single = this.#single.callFor(write, isTimed)
    if (single !== undefined) {
      const [row] = await run(client, single.statement, single.values)
      if (row !== undefined) {
        const [position, version, time] = row
        return stored(write.stream, versionAfter(write.expected, version), position as string, time)
      }
    }
    const [row] = await run(client, this.#one, encodeOne(write))
    const [last, position, known] = row as Row
    const version = wholeNumber(last as string)
    if (position === null || position === undefined) return judge(append, parseKnown(known), [version])
    return stored(write.stream, version, position)
  }

  /** In the caller's transaction, which stays usable. Gives the isolation level where that is the wrong one. */
  async appendWithin(
    client: ClientBase,
    append: readonly StreamWrite[],
  ): Promise<AppendOutcome | { readonly isolation: string }> {
    const [row] = await run(client, this.#within, encodeMany([append]))
    const isolation = row?.[3] as string
    if (isolation !== 'read committed') return { isolation }
    if (row?.[0] === null) return 'again'
    return readOutcomes([append], row as Row)[0] as AppendOutcome
  }
}

/** Written out: every append passes here, and taking things apart by destructuring and spreading costs as much as the rest. */
function stored(stream: string, version: number, position: string, time?: string | null): AppendOutcome {
  const recordedAt = time === undefined || time === null ? undefined : readTime(time)
  return { value: [{ stream, version, position: wholeNumber(position), duplicate: false, recordedAt }] }
}

/** @param told by the statement, where the one event of the write could have any version */
function versionAfter(expected: ExpectedVersion, told: string | null | undefined): number {
  if (typeof told === 'string') return wholeNumber(told)
  return typeof expected === 'number' ? expected + 1 : 1
}

const binds = (count: number) => Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ')

const setting = (milliseconds: number) => (milliseconds === 0 ? null : String(milliseconds))

function readOutcomes(appends: readonly (readonly StreamWrite[])[], row: Row): readonly AppendOutcome[] {
  const bases = wholeNumbers(row[0] as string)
  const positions = wholeNumbers(row[1] ?? '{}')
  const known = parseKnown(row[2])
  let write = 0
  let event = 0
  return appends.map((append) => {
    const ofAppend = bases.slice(write, write + append.length)
    write += append.length
    if ((ofAppend[0] as number) < 0) {
      return judge(
        append,
        known,
        ofAppend.map((base) => -1 - base),
      )
    }
    const value = append.map(({ stream, events }, index) => {
      event += events.length
      const version = (ofAppend[index] as number) + events.length
      return { stream, version, position: positions[event - 1] as number, duplicate: false }
    })
    return { value }
  })
}

/** What `describe_refusal` has found. */
interface Known {
  readonly stored: readonly StoredIdentity[]
  readonly closed: ReadonlySet<string>
}

function parseKnown(text: string | null | undefined): Known {
  const closed = new Set<string>()
  const stored: StoredIdentity[] = []
  const reasons = JSON.parse(text ?? '[]') as (StoredIdentity | { readonly closed: string })[]
  for (const reason of reasons) {
    if ('closed' in reason) closed.add(reason.closed)
    else stored.push(reason)
  }
  return { stored, closed }
}

/** @param versions what the stream of each write is at */
function judge(append: readonly StreamWrite[], known: Known, versions: readonly number[]): AppendOutcome {
  const ids = new Set(append.flatMap(({ events }) => events.map(({ id }) => id)))
  const stored = known.stored.filter(({ id }) => ids.has(id))
  const versionOf = (stream: string) =>
    versions[append.findIndex((write) => write.stream === stream)] as number
  try {
    const receipts = judgeAppend(append, stored, versionOf, (stream) => known.closed.has(stream))
    return receipts === undefined ? 'again' : { value: receipts }
  } catch (error) {
    return { error }
  }
}
