import { type EventStore, fold, streamId } from '@eventfold/core'
import { Account, type AccountEvent } from './account.ts'

/** The events of an account, each with the state that it led to. */
export async function* accountHistory(store: EventStore, account: string) {
  let state = fold(Account, [])
  const stream = streamId(Account.category, account)
  for await (const batch of store.readStreamInBatches<AccountEvent>(stream)) {
    for (const event of batch) {
      state = fold(Account, [event], state)
      yield { event, state }
    }
  }
}
