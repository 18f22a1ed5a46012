import { checkCount } from '../check-count.ts'
import { InvalidInputError, isEventfoldError } from '../errors.ts'
import type { JsonValue } from '../event/event.ts'
import { streamId } from '../event/stream-id.ts'
import { sameValue } from '../projection/same-value.ts'
import type { EventStore } from '../store/event-store.ts'
import type { FoldStart, FoundStart } from './fold-start.ts'
import { type Reducer, reducerFingerprint } from './reducer-fingerprint.ts'
import type { SnapshotOptions, SnapshotProblem } from './snapshot-options.ts'
import { snapshotPolicy } from './snapshot-policy.ts'
import type { IgnoredSnapshot, SnapshotDifference, SnapshotReport } from './snapshot-report.ts'
import { maxKept, SnapshotStorage } from './snapshot-storage.ts'
import { parseSnapshotText, type StoredSnapshot, toSnapshotText } from './snapshot-text.ts'

/** Snapshots that wait to be written. What is more than that is taken by a later load. */
const maxWaiting = 100

/**
 * The snapshots of one kind of aggregate: caches of folds, which change no result. Of a repository, where its option
 * `snapshots` asks for them. They are taken by loads that found many events after the last one, and written behind them.
 *
 * @example
 * const accounts = repository(Account, store, { snapshots: { every: 100 } })
 * const report = await accounts.snapshots?.verify()
 */
export class Snapshots<State, Transaction = unknown> {
  readonly #store: EventStore<Transaction>
  readonly #category: string
  readonly #options: SnapshotOptions<State>
  readonly #isDue: ReturnType<typeof snapshotPolicy<State>>
  readonly #storage: SnapshotStorage<Transaction>
  readonly #fold: (id: string, version: number) => Promise<State>
  readonly #waiting = new Set<string>()
  #written: Promise<void> = Promise.resolve()

  /** @internal @param fold the state as of a version, from the events alone */
  constructor(
    store: EventStore<Transaction>,
    reducer: Reducer & { readonly category: string },
    options: SnapshotOptions<State>,
    fold: (id: string, version: number) => Promise<State>,
  ) {
    const stateVersion = checkCount(options.stateVersion ?? 1, 'snapshots.stateVersion', 1)
    const keep = checkCount(options.keep ?? 1, 'snapshots.keep', 1)
    if (keep > maxKept) {
      throw new InvalidInputError('invalid-option', `snapshots.keep is ${keep}; at most ${maxKept} are kept.`)
    }
    const code = `${stateVersion}/${reducerFingerprint(reducer, store.upcasting?.fingerprint)}`
    this.#store = store
    this.#category = reducer.category
    this.#options = options
    this.#isDue = snapshotPolicy(options)
    this.#storage = new SnapshotStorage(store.adapter, reducer.category, code, keep)
    this.#fold = fold
  }

  /** Resolves when the snapshots that loads have taken so far are written. */
  async settled(): Promise<void> {
    await this.#written
  }

  /**
   * Compares every snapshot of this code with the fold of its events. Reads all events of the aggregates that have one.
   *
   * @throws the errors of `Repository.load`
   */
  async verify(): Promise<SnapshotReport> {
    await this.#written
    const differences: SnapshotDifference[] = []
    const ignored: IgnoredSnapshot[] = []
    let checked = 0
    for await (const { id, text } of this.#storage.all()) {
      const snapshot = parseSnapshotText(text)
      const decoded = snapshot === undefined ? undefined : this.#decode(snapshot, () => {})
      if (snapshot === undefined || decoded === undefined) {
        ignored.push({ id, kind: snapshot === undefined ? 'damaged' : 'undecodable' })
      } else if (!(await this.#isAnchored(id, snapshot))) {
        ignored.push({ id, kind: 'diverged' })
      } else {
        const { version } = snapshot
        const folded = await this.#fold(id, version)
        checked++
        if (!sameValue(decoded.state, folded)) {
          differences.push({ id, version, snapshot: decoded.state, folded })
        }
      }
    }
    return { checked, differences, ignored }
  }

  /**
   * Removes the snapshots that other versions of the code have taken: of another `stateVersion`, or of other `evolve`
   * functions. For when no process runs that code any more.
   */
  async removeOthers(): Promise<void> {
    await this.#storage.remove('others')
  }

  /** Removes all snapshots of this kind of aggregate. The next loads fold their streams, and take new ones. */
  async clear(): Promise<void> {
    await this.#written
    await this.#storage.remove('all')
  }

  /** @internal The latest snapshot of a version that is not later than `to`. */
  async find(id: string, to: number, transaction?: Transaction): Promise<FoundStart<State>> {
    const none: FoundStart<State> = { start: undefined, snapshot: { version: 0 } }
    try {
      const latest = await this.#storage.latest(id, transaction)
      if (latest === undefined) return none
      const found = this.#parse(id, latest, to)
      if (found.start !== undefined) return found
      for (const text of await this.#storage.earlier(id, transaction)) {
        const { start } = this.#parse(id, text, to)
        if (start !== undefined) return { ...found, start }
      }
      return found
    } catch (error) {
      // The transaction has failed with it.
      if (transaction !== undefined) throw error
      this.#report({ kind: 'not-read', stream: streamId(this.#category, id), error })
      return none
    }
  }

  /** @internal The stream does not hold the event that a snapshot was taken at. */
  refute(id: string): void {
    this.#report({ kind: 'diverged', stream: streamId(this.#category, id) })
  }

  /** @internal Takes a snapshot of what was folded, if one is due: what is known then. Never throws. */
  consider(id: string, folded: FoldStart<State>): FoldStart<State> {
    const { state, version, anchor, snapshot, charactersSince, subjects } = folded
    const eventsSince = version - snapshot.version
    if (eventsSince <= 0 || this.#waiting.has(id) || this.#waiting.size >= maxWaiting) return folded
    const stream = streamId(this.#category, id)
    try {
      const takenAt = this.#store.clock().getTime()
      const age = snapshot.takenAt === undefined ? undefined : takenAt - snapshot.takenAt
      if (!this.#isDue({ id, state, version, eventsSince, charactersSince, age })) return folded
      // At once, because the state belongs to the caller from here on.
      const json = this.#options.toJson === undefined ? state : this.#options.toJson(state)
      const text = this.#store.codec.encode(json, '')
      const taken = toSnapshotText({ version, anchor, takenAt, subjects, state: text })
      this.#write(id, version, taken, snapshot.refuted)
      return { ...folded, snapshot: { version, takenAt }, charactersSince: 0 }
    } catch (error) {
      this.#report({ kind: 'not-written', stream, error })
      return folded
    }
  }

  /** One after another, so that snapshots do not compete with commands for connections. */
  #write(id: string, version: number, text: string, refuted: string | undefined): void {
    this.#waiting.add(id)
    this.#written = this.#written.then(async () => {
      try {
        await this.#storage.put(id, version, text, refuted)
      } catch (error) {
        // Closed: the next process takes one. A conflict: somebody has just stored one.
        const isExpected =
          isEventfoldError(error, 'store-closed') || isEventfoldError(error, 'document-conflict')
        if (!isExpected) this.#report({ kind: 'not-written', stream: streamId(this.#category, id), error })
      } finally {
        this.#waiting.delete(id)
      }
    })
  }

  #parse(id: string, text: string, to: number): FoundStart<State> {
    const stream = streamId(this.#category, id)
    const refuted = { start: undefined, snapshot: { version: 0, refuted: text } }
    const snapshot = parseSnapshotText(text)
    if (snapshot === undefined) {
      this.#report({ kind: 'damaged', stream })
      return refuted
    }
    const { version, anchor, takenAt, subjects } = snapshot
    const mark = { version, takenAt }
    if (version > to) return { start: undefined, snapshot: mark }
    const decoded = this.#decode(snapshot, (error) => this.#report({ kind: 'undecodable', stream, error }))
    if (decoded === undefined) return refuted
    return {
      start: { ...decoded, version, anchor, snapshot: mark, charactersSince: 0, subjects },
      snapshot: mark,
      text,
    }
  }

  #decode(snapshot: StoredSnapshot, report: (error: unknown) => void): { readonly state: State } | undefined {
    try {
      const json = this.#store.codec.decode(snapshot.state) as JsonValue
      return { state: this.#options.fromJson === undefined ? (json as State) : this.#options.fromJson(json) }
    } catch (error) {
      report(error)
      return undefined
    }
  }

  async #isAnchored(id: string, { version, anchor }: StoredSnapshot): Promise<boolean> {
    const stream = streamId(this.#category, id)
    const query = { stream, from: version, to: version, backwards: false, limit: 1 }
    const [row] = await this.#store.adapter.readFold(query)
    return row?.id === anchor
  }

  #report(problem: SnapshotProblem): void {
    try {
      this.#options.onProblem?.(problem)
    } catch {
      // A load does not fail because of who listens.
    }
  }
}
