import { isEventfoldError } from '../errors.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import type { ConsumerDocuments, ConsumerRecord } from './consumer-documents.ts'

/** Changes what is stored of a consumer as a whole, and so makes its instances look. Nothing if there is none. */
export async function changeConsumer<Transaction>(
  documents: ConsumerDocuments<Transaction>,
  change: (record: ConsumerRecord) => ConsumerRecord = (record) => record,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const stored = await documents.readConsumer()
    if (stored === undefined) return
    const record = { ...change(stored.state), changes: stored.state.changes + 1 }
    try {
      await documents.adapter.write([
        { ...documents.consumer, data: JSON.stringify(record), expected: stored.text },
      ])
      return
    } catch (error) {
      if (!isEventfoldError(error, 'document-conflict')) throw error
      await pauseAfterConflict(attempt)
    }
  }
}
