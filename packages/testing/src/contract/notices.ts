import {
  defineOutbox,
  type EventStore,
  type Message,
  type Outbox,
  type OutboxDefinition,
  type OutboxOptions,
  outbox,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'
import { calm } from './consumer-settings.ts'
import { documentsOf } from './document-collection.ts'

type Notes = { readonly Noted: StandardSchema<number> }

export const Notices: OutboxDefinition<Notes> = defineOutbox('notices', {
  messages: { Noted: typeOf<number>() },
})

export function noted(
  ...numbers: readonly number[]
): { readonly type: 'Noted'; readonly data: number; readonly id?: string }[] {
  return numbers.map((data) => ({ type: 'Noted', data }))
}

/** Somebody outside, who notes what has come out, repetitions as well. */
export class Receiver {
  readonly messages: Message[] = []

  /** The outbox of an instance, which publishes to here once it is started. */
  of(store: EventStore, options: Partial<OutboxOptions<Message<'Noted', number>>> = {}): Outbox<Notes> {
    documentsOf(store)
    return outbox(Notices, store, {
      ...calm,
      publish: (message) => void this.messages.push(message),
      ...options,
    })
  }

  numbers(key?: string): unknown[] {
    return this.messages.filter((message) => key === undefined || message.key === key).map(({ data }) => data)
  }

  /** The same without repetitions. */
  firstNumbers(key: string): unknown[] {
    const seen = new Map<string, unknown>()
    for (const message of this.messages) {
      if (message.key === key && !seen.has(message.id)) seen.set(message.id, message.data)
    }
    return [...seen.values()]
  }
}
