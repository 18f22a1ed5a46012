import { isEventfoldError } from '@eventfold/core'
import type { FoldRow, StreamQuery } from '@eventfold/core/adapter'
import type { Connections } from './connections.ts'
import type { StreamReader } from './stream-reader.ts'

interface Waiting {
  readonly query: StreamQuery
  readonly resolve: (rows: readonly FoldRow[]) => void
  readonly reject: (error: unknown) => void
}

/** About how many rows share a round trip. More of them are read on several connections at once. */
const rowsPerTrip = 400

/** A read costs the server as much as so many rows, besides its own. */
const rowsOfRead = 10

/**
 * Reads for folds, outside of transactions. Those that are asked for in one turn of the event loop share a round trip:
 * commands whose appends were one group load together next, and each would pay more for its trip than for its rows.
 */
export class FoldReads {
  readonly #connections: Connections
  readonly #streams: StreamReader
  #waiting: Waiting[] = []
  /** Of one read, as the last ones were. */
  #usualRows = 30

  constructor(connections: Connections, streams: StreamReader) {
    this.#connections = connections
    this.#streams = streams
  }

  /** @param query not backwards */
  read(query: StreamQuery): Promise<readonly FoldRow[]> {
    return new Promise((resolve, reject) => {
      const isFirst = this.#waiting.push({ query, resolve, reject }) === 1
      // After all callers that the same reply has resumed have asked.
      if (isFirst) process.nextTick(this.#start)
    })
  }

  readonly #start = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    const size = Math.max(1, Math.floor(rowsPerTrip / (rowsOfRead + this.#usualRows)))
    for (let first = 0; first < waiting.length; first += size) {
      void this.#readGroup(waiting.slice(first, first + size))
    }
  }

  async #readGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const queries = group.map(({ query }) => query)
      const results = await this.#connections.read((client) => this.#streams.readFolds(client, queries))
      let rows = 0
      for (const [index, { resolve }] of group.entries()) {
        const result = results[index] as readonly FoldRow[]
        rows += result.length
        resolve(result)
      }
      this.#usualRows = (this.#usualRows + rows / group.length) / 2
    } catch (error) {
      if (group.length > 1 && !isEventfoldError(error, 'store-unavailable')) {
        // One of them is the cause.
        for (const waiting of group) void this.#readGroup([waiting])
      } else {
        for (const { reject } of group) reject(error)
      }
    }
  }
}
