import type { MaintenanceAdapter, StreamMark } from '@eventfold/core/adapter'
import { compareTexts } from './document-order.ts'
import type { MemoryLog } from './memory-log.ts'
import type { MemoryTransaction } from './memory-transaction.ts'
import type { TransactionTurns } from './transaction-turns.ts'

/** Closes streams and removes events: as the transaction sees it at once, for all others when it commits. */
export class MemoryMaintenance implements MaintenanceAdapter<MemoryTransaction> {
  readonly #log: MemoryLog
  readonly #turns: TransactionTurns

  constructor(log: MemoryLog, turns: TransactionTurns) {
    this.#log = log
    this.#turns = turns
  }

  /** Whoever appends waits for the open transaction anyway. */
  async lock(transaction: MemoryTransaction): Promise<void> {
    this.#turns.check(transaction)
  }

  async setClosed(stream: string, isClosed: boolean, transaction: MemoryTransaction): Promise<void> {
    this.#turns.check(transaction)
    transaction.streams.set(stream, { ...transaction.streams.get(stream), closed: isClosed })
  }

  async removeBefore(stream: string, before: number, transaction: MemoryTransaction): Promise<void> {
    this.#turns.check(transaction)
    transaction.streams.set(stream, { ...transaction.streams.get(stream), before })
  }

  async isRemoved(position: number): Promise<boolean> {
    this.#turns.check(undefined)
    return [...this.#log.marks].some(({ removedTo }) => removedTo !== null && removedTo >= position)
  }

  async listMarks(after: string | undefined, limit: number): Promise<readonly StreamMark[]> {
    this.#turns.check(undefined)
    return [...this.#log.marks]
      .filter(({ stream }) => after === undefined || compareTexts(stream, after) > 0)
      .sort((a, b) => compareTexts(a.stream, b.stream))
      .slice(0, limit)
  }

  putMarks(marks: readonly StreamMark[]): Promise<void> {
    return this.#turns.whenFree(undefined, () => {
      for (const mark of marks) this.#log.putMark(mark)
    })
  }
}
