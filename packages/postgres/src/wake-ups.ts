import { randomUUID } from 'node:crypto'
import {
  type AppendListener,
  AppendListeners,
  type LogStretch,
  type StreamWrite,
} from '@eventfold/core/adapter'
import type { Connections } from './connections.ts'
import { listenersLock } from './listen-connection.ts'
import { run, statement } from './statement.ts'

/** How long appends are gathered before other processes are told, in milliseconds. */
const gatherMilliseconds = 5

/** Least time between two messages, in milliseconds: who appends without a pause has better things to do. */
const restMilliseconds = 25

/** The same where no store listens to them. One that begins to looks at the log by itself more often at first. */
const longRestMilliseconds = 250

/**
 * Tells listeners that there is something to read: those of this process at once, those of others by one NOTIFY for all
 * the appends of a moment. It is never part of an append, where it would make writers wait for each other.
 */
export class WakeUps {
  readonly #connections: Connections
  readonly #channel: string
  readonly #listeners = new AppendListeners()
  /** What tells the echo of its own messages from those of others. */
  readonly #sender = randomUUID()
  #timer: ReturnType<typeof setTimeout> | undefined
  #rest = restMilliseconds
  #restedAt = 0
  #sending: Promise<void> = Promise.resolve()

  constructor(connections: Connections, channel: string) {
    this.#connections = connections
    this.#channel = channel
  }

  get listening(): boolean {
    return this.#listeners.size > 0
  }

  /** @returns the function that ends it */
  add(listener: AppendListener): () => void {
    return this.#listeners.add(listener)
  }

  /**
   * After a commit of this process.
   *
   * @param writes where that was all
   * @param stretch what the log has of them, where that is known
   */
  appended(writes?: readonly StreamWrite[], stretch?: LogStretch): void {
    this.#listeners.tell(writes, stretch)
    this.#timer ??= setTimeout(
      () => this.#notify(),
      Math.max(gatherMilliseconds, this.#restedAt - performance.now()),
    )
  }

  /** Another process has told. */
  heard(payload: string | undefined): void {
    if (payload !== this.#sender) this.wake()
  }

  wake(): void {
    this.#listeners.tell()
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
    this.#restedAt = performance.now() + this.#rest
    // A wake-up may be lost: the others poll as well.
    this.#sending = this.#connections
      .read((client) => run(client, notify, [this.#channel, this.#sender, listenersLock(this.#channel)]))
      .then(([row]) => {
        const hasListeners = row?.[0] === 'f'
        this.#rest = hasListeners ? restMilliseconds : longRestMilliseconds
      }, ignore)
  }
}

/**
 * $1 to $3: channel, payload, and the lock of the listeners, which can be had where there is none. A wake-up may be lost
 * in a crash, so it does not wait for the disk.
 */
const notify = statement(
  'notify',
  `SELECT pg_try_advisory_xact_lock($3), set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`,
)

function ignore(): void {}
