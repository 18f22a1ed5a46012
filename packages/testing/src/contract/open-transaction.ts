import type { EventStore } from '@eventfold/core'

/** A transaction whose end a case decides. */
export interface OpenTransaction {
  readonly transaction: unknown
  /** Lets the work of the transaction resolve; settles as `store.transaction` does. */
  commit(): Promise<void>
  /** Lets the work of the transaction reject. */
  rollback(): Promise<void>
}

export async function beginTransaction(store: EventStore): Promise<OpenTransaction> {
  const begun = Promise.withResolvers<unknown>()
  const end = Promise.withResolvers<void>()
  const rolledBack = new Error('rolled back by the contract')
  const ended = store.transaction((transaction) => {
    begun.resolve(transaction)
    return end.promise
  })
  ended.catch(begun.reject)
  const transaction = await begun.promise
  return {
    transaction,
    commit: () => {
      end.resolve()
      return ended
    },
    rollback: async () => {
      end.reject(rolledBack)
      await ended.catch((error) => {
        if (error !== rolledBack) throw error
      })
    },
  }
}
