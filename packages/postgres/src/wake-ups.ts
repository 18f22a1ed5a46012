import type { Connections } from './connections.ts'
import { run, statement } from './statement.ts'

/** How long appends are gathered before other processes are told, in milliseconds. */
const gatherMilliseconds = 10

/**
 * Tells listeners that there is something to read: those of this process at once, those of others by one NOTIFY for all
 * the appends of a moment. It is never part of an append, where it would make writers wait for each other.
 */
export class WakeUps {
  readonly #connections: Connections
  readonly #channel: string
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(connections: Connections, channel: string) {
    this.#connections = connections
    this.#channel = channel
  }

  get listening(): boolean {
    return this.#listeners.size > 0
  }

  /** @returns the function that ends it */
  add(listener: () => void): () => void {
    // One listener may be added twice, and each time ends on its own.
    const entry = () => listener()
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** After a commit of this process. */
  appended(): void {
    this.wake()
    this.#timer ??= setTimeout(() => this.#notify(), gatherMilliseconds)
  }

  wake(): void {
    for (const listener of this.#listeners) queueMicrotask(listener)
  }

  /** Sends what is still to be told, and ends all listening. */
  async close(): Promise<void> {
    this.#listeners.clear()
    if (this.#timer !== undefined) this.#notify()
    await this.#sending
  }

  #notify(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // A wake-up may be lost: the others poll as well.
    this.#sending = this.#connections.read((client) => run(client, notify, [this.#channel])).then(done, done)
  }
}

/** $1: channel. A wake-up may be lost in a crash, so it does not wait for the disk. */
const notify = statement('notify', `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, '')`)

function done(): void {}
