import { deepFreeze } from '../event/json.ts'
import type { FoldStart } from './fold-start.ts'

/** The states of the aggregates that were used last, frozen. */
export class StateCache<State> {
  readonly #starts = new Map<string, FoldStart<State>>()
  readonly #size: number

  /** @param size how many aggregates it holds */
  constructor(size: number) {
    this.#size = size
  }

  get(id: string): FoldStart<State> | undefined {
    const start = this.#starts.get(id)
    if (start !== undefined) this.#touch(id, start)
    return start
  }

  /** A load that began earlier may end later: what it brings does not replace what is newer. */
  put(id: string, start: FoldStart<State>): void {
    if ((this.#starts.get(id)?.version ?? 0) > start.version) return
    deepFreeze(start.state)
    this.#touch(id, start)
    if (this.#starts.size <= this.#size) return
    const [oldest] = this.#starts.keys()
    this.#starts.delete(oldest as string)
  }

  delete(id: string): void {
    this.#starts.delete(id)
  }

  /** A map goes through its keys in the order in which they came. */
  #touch(id: string, start: FoldStart<State>): void {
    this.#starts.delete(id)
    this.#starts.set(id, start)
  }
}
