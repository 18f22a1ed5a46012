import type { ConsumerDocuments } from '../consumer/consumer-documents.ts'

/**
 * Gives the partitions of a consumer to whoever carries a read model in appends (`true`), or back to its instances.
 * Whoever works on them is fenced; none of them works until they are given back.
 */
export async function holdConsumer<Transaction>(
  documents: ConsumerDocuments<Transaction>,
  isHeld: boolean,
  transaction: Transaction,
): Promise<void> {
  const stored = await documents.readConsumer(transaction)
  if (stored === undefined) return
  const { text, state } = stored
  const record = { ...state, paused: isHeld, changes: state.changes + 1 }
  const partitions = await documents.lockPartitions(state.partitions, transaction)
  await documents.adapter.write(
    [
      { ...documents.consumer, data: JSON.stringify(record), expected: text },
      ...partitions.map((partition) => {
        const { epoch, revision } = partition.state
        const free = { ...partition.state, owner: null, epoch: epoch + 1, revision: revision + 1 }
        return documents.partitionWrite(free, partition.text)
      }),
    ],
    transaction,
  )
}
