import { join } from 'node:path'
import type { Append, Contender } from '../contender.ts'
import { HandWrittenSqliteStore } from './hand-written-sqlite.ts'

interface Waiting {
  readonly append: Append
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Appends of the same turn of the event loop share one transaction. Each has its own outcome. */
class GroupedSqliteStore extends HandWrittenSqliteStore {
  #waiting: Waiting[] = []
  readonly #group = this.database.transaction((group: readonly Waiting[]) => {
    const failed = new Map<Waiting, unknown>()
    for (const waiting of group) {
      try {
        this.#insertAlone(waiting.append)
      } catch (error) {
        if (!this.database.inTransaction) throw error
        failed.set(waiting, error)
      }
    }
    return failed
  })
  readonly #savepoint = this.database.transaction((append: Append) => this.insert(append))

  override append(append: Append): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#commit())
    })
  }

  /** One refused INSERT undoes itself; several need a savepoint, which a nested transaction is. */
  #insertAlone(append: Append): void {
    if (append.events.length === 1) this.insert(append)
    else this.#savepoint(append)
  }

  #commit(): void {
    const group = this.#waiting
    this.#waiting = []
    try {
      const failed = this.#group.immediate(group)
      for (const waiting of group) {
        if (failed.has(waiting)) waiting.reject(failed.get(waiting))
        else waiting.resolve()
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}

export const groupedSqlite: Contender = {
  name: 'hand-written, grouped',
  open: async ({ directory }) => new GroupedSqliteStore(join(directory, 'events.db')),
}
