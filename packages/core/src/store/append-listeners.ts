import type { AppendListener, StreamWrite } from './store-adapter.ts'

/** Those who listen to the appends of one adapter. What it tells them within one moment reaches them as one call. */
export class AppendListeners {
  readonly #listeners = new Set<AppendListener>()
  #writes: StreamWrite[] | undefined = []
  #isTelling = false

  get size(): number {
    return this.#listeners.size
  }

  /** @returns the function that ends it */
  add(listener: AppendListener): () => void {
    // One listener may be added twice, and each time ends on its own.
    const entry: AppendListener = (writes) => listener(writes)
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /**
   * Calls all listeners, soon.
   *
   * @param writes all that has happened; undefined: more is to be looked at, or it is not known what
   */
  tell(writes?: readonly StreamWrite[]): void {
    if (this.#listeners.size === 0) return
    if (writes === undefined) this.#writes = undefined
    else for (const write of writes) this.#writes?.push(write)
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => this.#call())
  }

  clear(): void {
    this.#listeners.clear()
  }

  #call(): void {
    const writes = this.#writes
    this.#writes = []
    this.#isTelling = false
    for (const listener of this.#listeners) queueMicrotask(() => listener(writes))
  }
}
