import { createHash } from 'node:crypto'
import {
  type DocumentProjection,
  defineAggregate,
  defineProjection,
  keyOf,
  type RecordedEvent,
  typeOf,
} from '@eventfold/core'

/** The stream in which one event cannot be handled. */
export const poisonedStream = 'journal-poisoned'

type JournalEvent =
  | RecordedEvent<'Noted', { group?: string }>
  | RecordedEvent<'Poisoned', Record<string, never>>

const Journal = defineAggregate('journal', {
  initialState: {},
  events: {
    /** It changes the document of its stream and, where it has one, that of a group. */
    Noted: typeOf<{ group?: string }>(),
    Poisoned: typeOf<Record<string, never>>(),
  },
  evolve: { Noted: (state) => state, Poisoned: (state) => state },
  commands: {},
  decide: {},
})

/** What is left out, repeated or in another order gives another chain. */
export interface Chain {
  readonly count: number
  readonly chain: string
}

export const emptyChain: Chain = { count: 0, chain: '' }

export function lengthen({ count, chain }: Chain, id: string): Chain {
  const hash = createHash('sha1').update(`${chain}/${id}`).digest('hex').slice(0, 16)
  return { count: count + 1, chain: hash }
}

/** Keys of the documents that an event changes. */
export function chainKeys({ stream, data }: Pick<RecordedEvent, 'stream' | 'data'>): string[] {
  const { group } = data as { readonly group?: string }
  return group === undefined ? [keyOf(stream)] : [keyOf(stream), group]
}

/** Thrown for the event that cannot be handled. */
export class Poison extends Error {
  override readonly name = 'Poison'
}

/** @param isHealed whether the poisonous event can be handled by now */
export function chainProjection(
  isHealed: boolean,
): DocumentProjection<JournalEvent, Chain, Record<never, never>> {
  return defineProjection('chain', {
    of: [Journal],
    key: chainKeys,
    initialState: emptyChain,
    on: {
      Noted: (chain, { id }) => lengthen(chain, id),
      Poisoned: (chain, { id }) => {
        if (!isHealed) throw new Poison('as planned')
        return lengthen(chain, id)
      },
    },
  })
}
