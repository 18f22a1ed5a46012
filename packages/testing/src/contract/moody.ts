import type { EventStore, Processor, RecordedEvent } from '@eventfold/core'
import { deposited } from './facts.ts'
import { Journal } from './journal.ts'
import { ledgerOf } from './ledger.ts'

/** A processor that fails where it is told to, before it does anything. */
export class Moody {
  readonly journal: Journal = new Journal()
  failsAt: (event: RecordedEvent) => boolean
  attempts = 0

  constructor(failsAt: (event: RecordedEvent) => boolean) {
    this.failsAt = failsAt
  }

  handler(): Processor {
    const { handle } = this.journal.handler()
    return {
      handle: (delivery, context) => {
        this.#check(delivery.event)
        handle?.(delivery, context)
      },
    }
  }

  ledger(store: EventStore): Processor {
    const { apply } = ledgerOf(store)
    return {
      apply: async (deliveries, transaction, context) => {
        await apply?.(deliveries, transaction, context)
        for (const { event } of deliveries) this.#check(event)
      },
    }
  }

  #check(event: RecordedEvent): void {
    if (!this.failsAt(event)) return
    this.attempts++
    throw new RangeError(`not ${event.stream}@${event.version}`)
  }
}

export const isAt =
  (stream: string, version: number) =>
  (event: RecordedEvent): boolean =>
    event.stream === stream && event.version === version

/** Three events in each of two streams, in turn. */
export async function appendInTurn(store: EventStore): Promise<number> {
  for (const version of [1, 2, 3]) {
    await store.append('account-1', [deposited(version)])
    await store.append('account-2', [deposited(version)])
  }
  return store.head()
}
