import type { AppendListener, LogStretch, StreamWrite } from './store-adapter.ts'

/** Those who listen to the appends of one adapter. What it tells them within one moment reaches them as one call. */
export class AppendListeners {
  readonly #listeners = new Set<AppendListener>()
  #writes: StreamWrite[] | undefined = []
  /** Of all that was told in this moment; undefined: it is not one stretch. */
  #stretch: LogStretch | undefined
  #isTelling = false

  get size(): number {
    return this.#listeners.size
  }

  /** @returns the function that ends it */
  add(listener: AppendListener): () => void {
    // One listener may be added twice, and each time ends on its own.
    const entry: AppendListener = (writes, stretch) => listener(writes, stretch)
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /**
   * Calls all listeners, soon.
   *
   * @param writes all that has happened; undefined: more is to be looked at, or it is not known what
   * @param stretch the events of these writes, where that is known to be what the log has after a position
   */
  tell(writes?: readonly StreamWrite[], stretch?: LogStretch): void {
    if (this.#listeners.size === 0) return
    if (writes === undefined) this.#writes = undefined
    else for (const write of writes) this.#writes?.push(write)
    this.#stretch = this.#isTelling ? joined(this.#stretch, stretch) : stretch
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => this.#call())
  }

  clear(): void {
    this.#listeners.clear()
  }

  #call(): void {
    const writes = this.#writes
    const stretch = this.#stretch
    this.#writes = []
    this.#stretch = undefined
    this.#isTelling = false
    for (const listener of this.#listeners) queueMicrotask(() => listener(writes, stretch))
  }
}

/** Both as one, where the second follows the first. */
function joined(first: LogStretch | undefined, second: LogStretch | undefined): LogStretch | undefined {
  if (first === undefined || second === undefined) return undefined
  if (first.events.at(-1)?.position !== second.after) return undefined
  return { after: first.after, events: [...first.events, ...second.events] }
}
