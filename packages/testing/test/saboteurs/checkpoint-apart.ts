import type { DocumentAdapter, DocumentWrite, TransactionOptions } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Keeps what core remembers of consumers out of the transactions that it belongs to. */
abstract class CheckpointApart extends DelegatingAdapter {
  readonly #apart = new Map<unknown, DocumentWrite[]>()

  /** @param write stores what was kept apart */
  protected abstract store(write: () => Promise<void>, outcome: 'committed' | 'rolled back'): Promise<void>

  override get documents(): DocumentAdapter {
    const healthy = super.documents
    return {
      read: (references, options) => healthy.read(references, options),
      write: async (writes, transaction) => {
        const apart = this.#apart.get(transaction)
        const isApart = ({ collection }: DocumentWrite) => {
          return apart !== undefined && collection.startsWith('eventfold:partitions')
        }
        apart?.push(...writes.filter(isApart))
        await healthy.write(
          writes.filter((write) => !isApart(write)),
          transaction,
        )
      },
      find: (query, transaction) => healthy.find(query, transaction),
      count: (collection, where, transaction) => healthy.count(collection, where, transaction),
      clear: (collection, transaction) => healthy.clear(collection, transaction),
    }
  }

  override async transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    const apart: DocumentWrite[] = []
    const write = () => super.documents.write(apart)
    try {
      const result = await super.transaction((transaction) => {
        this.#apart.set(transaction, apart)
        return work(transaction).finally(() => this.#apart.delete(transaction))
      }, options)
      await this.store(write, 'committed')
      return result
    } catch (error) {
      await this.store(write, 'rolled back').catch(() => {})
      throw error
    }
  }
}

/** The checkpoint follows in a step of its own. */
export class LateCheckpoint extends CheckpointApart {
  protected override async store(write: () => Promise<void>, outcome: string): Promise<void> {
    if (outcome === 'committed') await write()
  }
}

/** The checkpoint moves whatever becomes of the documents: as if events were acknowledged before they are handled. */
export class EarlyCheckpoint extends CheckpointApart {
  protected override async store(write: () => Promise<void>): Promise<void> {
    await write()
  }
}
