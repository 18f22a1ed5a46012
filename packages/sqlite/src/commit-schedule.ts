/** How long one turn of the event loop may go on committing without letting others run. */
const turnMilliseconds = 1

/** Two steps from here lead to the second microtask from now, at half the price of two of `queueMicrotask`. */
const now = Promise.resolve()
const nothing = () => {}

/**
 * Starts commits soon. A commit blocks the thread, and what arrives meanwhile is only heard of in the next turn of the
 * event loop: waiting for that turn makes large groups, but costs a lone append a tenth of its time. So an append that
 * follows a lone one waits only for what the same microtasks set off, until the turn has lasted a millisecond.
 */
export class CommitSchedule {
  #turnBegan: number | undefined
  #wasLone = true

  /** To be called with the size of each group. */
  note(groupSize: number): void {
    this.#wasLone = groupSize === 1
  }

  start(commit: () => void): void {
    if (this.#wasLone && this.#isEarlyInTurn()) void now.then(nothing).then(commit)
    else setImmediate(commit)
  }

  #isEarlyInTurn(): boolean {
    const time = performance.now()
    if (this.#turnBegan === undefined) {
      this.#turnBegan = time
      setImmediate(() => {
        this.#turnBegan = undefined
      })
    }
    return time - this.#turnBegan < turnMilliseconds
  }
}
