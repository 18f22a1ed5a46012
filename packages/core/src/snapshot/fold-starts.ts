import type { FoldStart, FoundStart, SnapshotMark } from './fold-start.ts'
import type { Snapshots } from './snapshots.ts'
import type { StateCache } from './state-cache.ts'

/** Where the folds of a repository can begin: at a state that the process has in mind, or at a snapshot. */
export class FoldStarts<State, Transaction> {
  readonly #snapshots: Snapshots<State, Transaction> | undefined
  readonly #cache: StateCache<State> | undefined

  constructor(snapshots: Snapshots<State, Transaction> | undefined, cache: StateCache<State> | undefined) {
    this.#snapshots = snapshots
    this.#cache = cache
  }

  /** The latest start that is not later than `to`. */
  async find(id: string, to: number, transaction: Transaction | undefined): Promise<FoundStart<State>> {
    const cached = this.#cache?.get(id)
    if (cached !== undefined && cached.version <= to) return { start: cached, snapshot: cached.snapshot }
    const none = { start: undefined, snapshot: { version: 0 } }
    return this.#snapshots === undefined ? none : this.#snapshots.find(id, to, transaction)
  }

  /** What is known of snapshots, once the stream turned out not to hold the event of a start. */
  refute(id: string, { text }: FoundStart<State>): SnapshotMark {
    if (text !== undefined) this.#snapshots?.refute(id)
    this.#cache?.delete(id)
    return { version: 0, refuted: text }
  }

  /** Keeps what was folded from all that the stream held, outside of a transaction. */
  keep(id: string, folded: FoldStart<State>): void {
    const start = this.#snapshots === undefined ? folded : this.#snapshots.consider(id, folded)
    this.#cache?.put(id, start)
  }
}
