import type { LogHead } from './log-reader.ts'

/** Milliseconds between two looks while events are withheld, or an append is part of somebody's transaction. */
const shortest = 20

const unknown = -1

/**
 * Looks at the head of the log from time to time, for what nobody tells: transactions of the caller, writers of other
 * programs, and events that an open append withholds. It slows down to the poll interval while nothing happens.
 */
export class LogWatch {
  readonly #look: () => Promise<LogHead>
  readonly #moved: () => void
  readonly #withheld: (head: LogHead) => void
  readonly #interval: number
  #delay = shortest
  #timer: ReturnType<typeof setTimeout> | undefined
  #running = false
  #seen = unknown

  /** @param interval longest time between two looks, in milliseconds */
  constructor(
    interval: number,
    look: () => Promise<LogHead>,
    moved: () => void,
    withheld: (head: LogHead) => void,
  ) {
    this.#interval = interval
    this.#look = look
    this.#moved = moved
    this.#withheld = withheld
  }

  /** Resolves when it knows where the log ends now. */
  async start(): Promise<void> {
    this.#running = true
    this.#delay = shortest
    this.#seen = await this.#look().then(
      ({ safe }) => safe,
      () => unknown,
    )
    if (this.#running) this.#plan()
  }

  stop(): void {
    this.#running = false
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** The listeners have been told of all events after one position up to another. */
  told(after: number, last: number): void {
    if (after === this.#seen) this.#seen = last
  }

  /** Something is about to become readable. */
  hurry(): void {
    if (this.#delay === shortest) return
    this.#delay = shortest
    if (this.#timer !== undefined) this.#plan()
  }

  #plan(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#tick(), Math.min(this.#delay, this.#interval))
  }

  async #tick(): Promise<void> {
    this.#timer = undefined
    try {
      const head = await this.#look()
      // Where it moves, what is newer was stored between the two parts of this look.
      const isWithheld = head.newest > head.safe && head.safe === this.#seen
      if (isWithheld) this.#withheld(head)
      if (head.safe > this.#seen && this.#running) this.#moved()
      this.#seen = Math.max(this.#seen, head.safe)
      this.#delay = isWithheld ? shortest : Math.min(this.#delay * 2, this.#interval)
    } catch {
      this.#delay = this.#interval
    }
    if (this.#running) this.#plan()
  }
}
