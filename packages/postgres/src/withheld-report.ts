import type { Connections } from './connections.ts'
import type { LogHead } from './log-reader.ts'
import type { Logger } from './logger.ts'
import { lockSpace } from './migrations/001/ordering.ts'
import { openWriters } from './open-writers.ts'

/** How long events are withheld before it is worth a word, in milliseconds; and the time between two words. */
const patience = 5_000

/** Names the writers that hold readers back for long: an idle transaction with an append in it, most of the time. */
export class WithheldReport {
  readonly #connections: Connections
  readonly #space: number
  readonly #logger: Logger | undefined
  #safe = -1
  #since = 0

  constructor(connections: Connections, schema: string, logger: Logger | undefined) {
    this.#connections = connections
    this.#space = lockSpace(schema)
    this.#logger = logger
  }

  seen({ safe, newest }: LogHead): void {
    const now = Date.now()
    if (safe !== this.#safe) {
      this.#safe = safe
      this.#since = now
    } else if (this.#logger !== undefined && now - this.#since >= patience) {
      this.#since = now
      this.#report(this.#logger, safe, newest).catch(() => {})
    }
  }

  async #report(logger: Logger, readableUpTo: number, newest: number): Promise<void> {
    const writers = await this.#connections.read((client) => openWriters(client, this.#space))
    logger.warn('An open transaction with appended events keeps later events from readers. End it.', {
      readableUpTo,
      newest,
      writers,
    })
  }
}
