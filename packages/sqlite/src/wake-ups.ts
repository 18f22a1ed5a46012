import type Database from 'better-sqlite3'
import type { Access } from './access.ts'

/** Leaves word in the file, where the listeners of other connections look. */
export class WakeUps {
  readonly #access: Access
  readonly #note: (count: number) => void
  #isUnderWay = false

  /** @param note called with the count that is about to be committed */
  constructor(access: Access, note: (count: number) => void) {
    this.#access = access
    this.#note = note
  }

  /** Soon. Calls up to then are merged, and where the file cannot be written the word is lost. */
  write(): void {
    if (this.#isUnderWay || this.#access.isClosed) return
    this.#isUnderWay = true
    const work = async (transaction: Database.Database) => {
      // What is asked for from now on is not covered by this one.
      this.#isUnderWay = false
      this.#note(raise(transaction))
    }
    this.#access.transaction(work, { durable: false }).catch(() => {
      this.#isUnderWay = false
    })
  }
}

function raise(transaction: Database.Database): number {
  return transaction
    .prepare<[], number>(
      `INSERT INTO eventfold_wake_ups (id, count) VALUES (1, 1)
       ON CONFLICT (id) DO UPDATE SET count = count + 1 RETURNING count`,
    )
    .pluck()
    .get() as number
}
