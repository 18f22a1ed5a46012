import type { TransferAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Lists only its own documents, as if there were no others. */
export class ForgetfulList extends DelegatingAdapter {
  override get transfer(): TransferAdapter {
    const transfer = this.inner.transfer as TransferAdapter
    return {
      importEvents: (events) => transfer.importEvents(events),
      listDocuments: async (after, limit) => {
        const page = await transfer.listDocuments(after, limit)
        return page.filter(({ collection }) => collection.startsWith('eventfold:'))
      },
    }
  }
}
