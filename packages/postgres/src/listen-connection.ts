import { Client, type ClientConfig } from 'pg'
import { digest } from './statement.ts'

/** Milliseconds between two looks at whether the connection still lives. */
const heartbeat = 10_000

/** Milliseconds to wait for any answer of the server. */
const patience = 5_000

const firstDelay = 50
const longestDelay = 5_000

/** An advisory lock that all who listen on a channel share, so that a sender sees whether there is anybody. */
export const listenersLock = (channel: string): number => digest(`listeners of ${channel}`)

/**
 * A connection of its own that listens on a channel, for as long as it is open: it comes back after every loss, and
 * wakes at once then, for what it has missed.
 */
export class ListenConnection {
  readonly #config: ClientConfig
  readonly #channel: string
  readonly #heard: (payload?: string) => void
  #client: Client | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #delay = firstDelay
  #closed = false

  /**
   * @param channel a plain identifier
   * @param heard called with the payload of a message, and without one for what may have been missed
   */
  constructor(config: ClientConfig, channel: string, heard: (payload?: string) => void) {
    this.#config = config
    this.#channel = channel
    this.#heard = heard
  }

  /** Resolves when it listens, or when the first try has failed; further tries follow. */
  async open(): Promise<void> {
    const client = new Client({
      ...this.#config,
      keepAlive: true,
      connectionTimeoutMillis: patience,
    })
    this.#client = client
    // The end of a broken connection follows its error.
    client.on('error', () => {})
    client.on('notification', ({ payload }) => this.#heard(payload))
    client.once('end', () => this.#lost(client))
    try {
      await client.connect()
      const lock = `SELECT pg_advisory_lock_shared(${listenersLock(this.#channel)})`
      await client.query(inTime(`LISTEN "${this.#channel}"; ${lock}`))
      this.#delay = firstDelay
      this.#heard()
      this.#beat(client)
    } catch {
      this.#lost(client)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }

  #lost(client: Client): void {
    if (this.#closed || this.#client !== client) return
    this.#client = undefined
    clearTimeout(this.#timer)
    void client.end().catch(() => {})
    this.#timer = setTimeout(() => void this.open(), this.#delay)
    this.#delay = Math.min(this.#delay * 2, longestDelay)
  }

  /** A broken network may leave a connection that looks alive and never tells anything. */
  #beat(client: Client): void {
    if (this.#closed || this.#client !== client) return
    this.#timer = setTimeout(() => {
      client.query(inTime('SELECT 1')).then(
        () => this.#beat(client),
        () => this.#lost(client),
      )
    }, heartbeat)
  }
}

/** Beyond that the query rejects. */
const inTime = (text: string) => ({ text, query_timeout: patience })
