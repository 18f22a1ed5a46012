import type { Client } from 'pg'

/** How much longer than the server's own time-out to wait for a reply that a broken network may never bring. */
const graceMilliseconds = 5_000

const lookEvery = 1_000

/**
 * Breaks connections on which a call has had no end for longer than the server allows a statement: only a broken
 * network does that. One timer looks after all, so that no call pays for one of its own.
 */
export class ReplyWatch {
  readonly #patience: number
  readonly #calls = new Map<Client, number>()
  #timer: ReturnType<typeof setInterval> | undefined

  /** @param statementTimeout in milliseconds; 0: watch nothing */
  constructor(statementTimeout: number) {
    this.#patience = statementTimeout === 0 ? 0 : statementTimeout + graceMilliseconds
  }

  begin(client: Client): void {
    if (this.#patience === 0) return
    this.#calls.set(client, performance.now())
    this.#timer ??= setInterval(() => this.#look(), lookEvery).unref()
  }

  end(client: Client): void {
    this.#calls.delete(client)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const latest = performance.now() - this.#patience
    for (const [client, since] of this.#calls) {
      // With a query under way this destroys the socket, and the query rejects.
      if (since < latest) void client.end().catch(() => {})
    }
  }
}
