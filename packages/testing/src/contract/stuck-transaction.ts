import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import type { CaseContext } from './case-context.ts'
import { DocumentCollection } from './document-collection.ts'
import { deposited } from './facts.ts'

/** What stuck transactions are aborted with. */
export const reason: Error = new Error('enough')

/** A transaction whose work has written, and then never resolves by itself. */
export interface StuckTransaction {
  readonly transaction: unknown
  readonly controller: AbortController
  /** Whether and how `store.transaction` has settled. */
  readonly outcome: () => string
  resume(): void
  fail(error: Error): void
  /** Aborts, and waits until the transaction has ended for its caller. */
  abort(): Promise<void>
}

/** Its work ends with the case at the latest. */
export async function beginStuck(
  store: EventStore,
  { atEnd, waitUntil }: Pick<CaseContext, 'atEnd' | 'waitUntil'>,
): Promise<StuckTransaction> {
  const controller = new AbortController()
  const written = Promise.withResolvers<unknown>()
  const resumed = Promise.withResolvers<void>()
  let outcome = 'under way'
  const work = async (transaction: unknown) => {
    await store.append('account-1', [deposited(1)], { transaction })
    if (store.adapter.documents !== undefined) {
      await new DocumentCollection(store).put('1', 'stuck', { fields: { owner: 'ada' } }, transaction)
    }
    written.resolve(transaction)
    await resumed.promise
  }
  store.adapter.transaction(work, { signal: controller.signal }).then(
    () => {
      outcome = 'committed'
    },
    (error) => {
      outcome = error === reason ? 'aborted' : `rejected with ${error}`
      written.reject(error)
    },
  )
  atEnd(resumed.resolve)
  return {
    transaction: await written.promise,
    controller,
    outcome: () => outcome,
    resume: resumed.resolve,
    fail: resumed.reject,
    async abort() {
      controller.abort(reason)
      await waitUntil(() => outcome !== 'under way', 'the end of an aborted transaction')
      assert.equal(outcome, 'aborted')
    },
  }
}
