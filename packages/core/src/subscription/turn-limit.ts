import { sleep } from './alarm.ts'

/** Longest time without a turn of the event loop, in milliseconds, apart from the work between two calls. */
const limit = 10

/**
 * Keeps a loop from holding up timers and I/O. Where a store answers in the same thread, awaiting it never leaves the
 * queue of microtasks, and a long catch-up would be one turn of the event loop.
 */
export class TurnLimit {
  #began = performance.now()
  #turn: Promise<void> | undefined

  /** Waits for a turn of the event loop where the last is too long ago. */
  async pass(): Promise<void> {
    if (performance.now() - this.#began < limit) return
    // Begun a while ago, so it is over already if anything else was really waited for.
    await this.#turn
    this.#turn = sleep(0)
    this.#began = performance.now()
  }
}
