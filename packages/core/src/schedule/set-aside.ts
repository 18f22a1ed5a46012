import { BackOff } from '../subscription/back-off.ts'

/** How long an entry that nobody asks for any more is remembered, in milliseconds. */
const forgottenAfter = 60_000

/** What has failed and is left alone for a while, longer each time, so that it holds up nothing else. */
export class SetAside {
  readonly #entries = new Map<string, { readonly backOff: BackOff; until: number }>()
  readonly #random: () => number
  #forgotAt = performance.now()

  constructor(random: () => number) {
    this.#random = random
  }

  add(key: string): void {
    const now = performance.now()
    this.#forget(now)
    const entry = this.#entries.get(key) ?? { backOff: new BackOff(100, 10_000, this.#random), until: 0 }
    entry.until = now + entry.backOff.next()
    this.#entries.set(key, entry)
  }

  has(key: string): boolean {
    return (this.#entries.get(key)?.until ?? 0) > performance.now()
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  /** Not at every call, since there may be many. */
  #forget(now: number): void {
    if (now - this.#forgotAt < forgottenAfter) return
    this.#forgotAt = now
    for (const [key, { until }] of this.#entries) {
      if (until + forgottenAfter < now) this.#entries.delete(key)
    }
  }
}
