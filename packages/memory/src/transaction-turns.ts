import { InvalidInputError, LockTimeoutError, StoreClosedError } from '@eventfold/core'
import { untilAborted } from '@eventfold/core/adapter'
import type { MemoryTransaction } from './memory-transaction.ts'

/** One transaction is open at a time. Whoever writes without one waits until it has ended. */
export class TransactionTurns {
  readonly #lockTimeout: number
  #open: MemoryTransaction | undefined
  #closed = false

  constructor(lockTimeoutMilliseconds: number) {
    this.#lockTimeout = lockTimeoutMilliseconds
  }

  get open(): MemoryTransaction | undefined {
    return this.#open
  }

  /** Whether a call may go on: in the open transaction, or without one in a store that is not closed. */
  check(transaction: MemoryTransaction | undefined): void {
    if (transaction !== undefined && transaction !== this.#open) {
      throw new InvalidInputError(
        'invalid-transaction',
        'The transaction has ended, or belongs to another store.',
      )
    }
    if (this.#closed && transaction === undefined) throw new StoreClosedError()
  }

  /** Calls `act` once its turn has come. It is not async, so that nobody comes between. */
  async whenFree<Result>(
    transaction: MemoryTransaction | undefined,
    act: () => Result,
    signal?: AbortSignal,
  ): Promise<Result> {
    while (transaction === undefined && this.#open !== undefined) await this.#ended(this.#open, signal)
    this.check(transaction)
    return act()
  }

  begin(create: () => MemoryTransaction, signal: AbortSignal | undefined): Promise<MemoryTransaction> {
    const open = () => {
      this.#open = create()
      return this.#open
    }
    return this.whenFree(undefined, open, signal)
  }

  end(transaction: MemoryTransaction): void {
    this.#open = undefined
    transaction.end()
  }

  async close(): Promise<void> {
    this.#closed = true
    while (this.#open !== undefined) await this.#open.ended
  }

  async #ended({ ended }: MemoryTransaction, signal: AbortSignal | undefined): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new LockTimeoutError(this.#lockTimeout)), this.#lockTimeout)
    })
    try {
      await untilAborted(Promise.race([ended, timeout]), signal)
    } finally {
      clearTimeout(timer)
    }
  }
}
