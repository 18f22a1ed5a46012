import type { StoredEvent } from '../event/stored-event.ts'
import type { EventStore } from '../store/event-store.ts'
import { markPages } from '../transfer/mark-pages.ts'
import { readRange } from '../transfer/read-range.ts'
import { eventDigest } from './event-digest.ts'
import { type LogRecord, LogRecords, type Notarised } from './log-records.ts'
import { type NotaryKey, sealer } from './seal.ts'

export interface VerifyLogOptions {
  /** The key that the log was notarised with. */
  readonly key?: NotaryKey
  /** What {@link notariseLog} gave at some time, kept elsewhere: the records have to lead through it. */
  readonly known?: Notarised
}

/** Something that is not as it was written down. */
export interface LogBreak {
  /**
   * - `changed`: the event says something else
   * - `removed`: it is gone, and not by maintenance
   * - `inserted`: it was not there
   * - `reordered`: it stood at another position
   * - `records`: the records of the notary themselves were changed or removed, or made with another key
   */
  readonly kind: 'changed' | 'removed' | 'inserted' | 'reordered' | 'records'
  /** Of the event; of `records`, where the part of the log ends that they tell of. */
  readonly position: number
  /** Undefined of `records`. */
  readonly stream: string | undefined
  readonly version: number | undefined
  /** In words. */
  readonly message: string
}

/** Events that are gone by maintenance, according to the store. Compare them with what you have removed. */
export interface LogRemoval {
  readonly stream: string
  /** The last version that was removed. */
  readonly version: number
  readonly events: number
}

export interface LogReport {
  /** How many events are as they were written down, up to the first break. */
  readonly verified: number
  /** How far the log is written down, and its seal. */
  readonly notarised: Notarised
  readonly removals: readonly LogRemoval[]
  /** The first by position; undefined where all is well. */
  readonly broken: LogBreak | undefined
}

/**
 * Compares the log with what {@link notariseLog} has written down of it, and names the first event that is not as it was:
 * by position, stream and version, and what became of it. Reads the whole log, one record at a time.
 *
 * What was appended after the last notarisation is not looked at. Events that maintenance has removed are reported, and no
 * break; their digests stay, so the chain holds.
 *
 * @throws UnsupportedError the store keeps no documents
 * @throws InvalidInputError `invalid-option`; StoreUnavailableError, StoreClosedError, StoreFailureError
 * @example
 * const { broken } = await verifyLog(store, { key, known })
 * if (broken !== undefined) alarm(broken.message)
 */
export async function verifyLog<Transaction>(
  store: EventStore<Transaction>,
  { key, known }: VerifyLogOptions = {},
): Promise<LogReport> {
  const records = new LogRecords(store.storage)
  const seal = await sealer(key)
  const { reached } = await records.reached()
  const check = new LogCheck(store)
  let before: Notarised = { position: 0, seal: '' }
  let hasMetKnown = known === undefined || known.position === 0
  for await (const record of records.all()) {
    const isNext = record.after === before.position
    if (!isNext || (await seal(record, before.seal)) !== record.seal) {
      return check.report(reached, brokenRecords(record.to, 'its seal is not right'))
    }
    const broken = await check.compare(record)
    if (broken !== undefined) return check.report(reached, broken)
    before = { position: record.to, seal: record.seal }
    hasMetKnown ||= known?.position === before.position && known.seal === before.seal
    // What was added since is for the next time.
    if (before.position === reached.position) break
  }
  if (before.position !== reached.position || before.seal !== reached.seal) {
    return check.report(reached, brokenRecords(reached.position, `they end at position ${before.position}`))
  }
  if (!hasMetKnown) {
    return check.report(
      reached,
      brokenRecords(known?.position ?? 0, 'they do not lead through the known seal'),
    )
  }
  return check.report(reached, undefined)
}

const brokenRecords = (position: number, reason: string): LogBreak => ({
  kind: 'records',
  position,
  stream: undefined,
  version: undefined,
  message: `What is written down of the log up to position ${position} was changed, or made with another key: ${reason}.`,
})

/** Compares the log with records, one after another. */
class LogCheck<Transaction> {
  readonly #store: EventStore<Transaction>
  readonly #removals = new Map<string, { version: number; events: number }>()
  #removedTo: ReadonlyMap<string, number> = new Map()
  #verified = 0

  constructor(store: EventStore<Transaction>) {
    this.#store = store
  }

  report(notarised: Notarised, broken: LogBreak | undefined): LogReport {
    const removals = [...this.#removals].map(([stream, removal]) => ({ stream, ...removal }))
    return { verified: this.#verified, notarised, removals, broken }
  }

  async compare({ after, to, entries }: LogRecord): Promise<LogBreak | undefined> {
    const events = new Map<number, StoredEvent>()
    for (const event of await readRange(this.#store.storage, after + 1, to)) events.set(event.position, event)
    const digests = new Map<number, string>()
    await Promise.all(
      [...events.values()].map(async (event) => digests.set(event.position, await eventDigest(event))),
    )
    const expected = new Map(entries.map((entry) => [entry[0], entry]))
    const ids = new Map(entries.map((entry) => [entry[3], entry]))
    const positions = new Set([...events.keys(), ...expected.keys()])
    for (const position of [...positions].sort((a, b) => a - b)) {
      const event = events.get(position)
      const entry = expected.get(position)
      if (event === undefined && entry !== undefined) {
        const [, stream, version] = entry
        if (await this.#isRemoved(stream, version, position)) continue
        return breakOf('removed', { position, stream, version }, 'is gone')
      }
      if (event === undefined || digests.get(position) === entry?.[4]) {
        this.#verified++
        continue
      }
      const other = ids.get(event.id)
      if (other !== undefined && other[0] !== position) {
        return breakOf(
          'reordered',
          event,
          `stood at position ${other[0]}, as version ${other[2]} of ${other[1]}`,
        )
      }
      if (entry === undefined) return breakOf('inserted', event, 'was not there')
      const [, stream, version] = entry
      return breakOf('changed', { position, stream, version }, 'says something else')
    }
    return undefined
  }

  /** By maintenance, according to the marks of the streams. */
  async #isRemoved(stream: string, version: number, position: number): Promise<boolean> {
    if ((this.#removedTo.get(stream) ?? 0) < position) await this.#readMarks()
    if ((this.#removedTo.get(stream) ?? 0) < position) return false
    const { events = 0 } = this.#removals.get(stream) ?? {}
    this.#removals.set(stream, { version, events: events + 1 })
    return true
  }

  async #readMarks(): Promise<void> {
    const removedTo = new Map<string, number>()
    for await (const page of markPages(this.#store.storage)) {
      for (const mark of page) if (mark.removedTo !== null) removedTo.set(mark.stream, mark.removedTo)
    }
    this.#removedTo = removedTo
  }
}

function breakOf(
  kind: LogBreak['kind'],
  { position, stream, version }: Pick<StoredEvent, 'position' | 'stream' | 'version'>,
  what: string,
): LogBreak {
  const message = `The event at position ${position}, version ${version} of stream ${stream}, ${what}.`
  return { kind, position, stream, version, message }
}
