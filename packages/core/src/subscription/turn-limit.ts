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

  /** A turn of the event loop to wait for where the last is too long ago. */
  pass(): Promise<void> | undefined {
    return performance.now() - this.#began < limit ? undefined : this.#take()
  }

  async #take(): Promise<void> {
    // Begun a while ago, so it is over already if anything else was really waited for.
    await this.#turn
    this.#turn = sleep(0)
    this.#began = performance.now()
  }
}
