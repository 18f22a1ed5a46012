import {
  type AggregateDefinition,
  type DocumentProjection,
  defineAggregate,
  defineProjection,
  type EventOf,
  type EventStore,
  type NewEvent,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'

type AccountEvents = {
  readonly Opened: StandardSchema<{ owner: string }>
  readonly Deposited: StandardSchema<{ cents: number }>
  readonly Closed: StandardSchema<Record<never, never>>
}

export const Account: AggregateDefinition<
  AccountEvents,
  number,
  Record<never, never>,
  unknown
> = defineAggregate('account', {
  initialState: 0,
  events: { Opened: typeOf(), Deposited: typeOf(), Closed: typeOf() } as AccountEvents,
  evolve: { Opened: (state) => state, Deposited: (state) => state, Closed: () => 0 },
})

export interface Summary {
  readonly owner: string
  readonly cents: number
  readonly events: number
}

export type SummaryProjection = DocumentProjection<
  EventOf<typeof Account>,
  Summary,
  Pick<Summary, 'owner' | 'cents'>
>

/** @param factor what a deposit counts for: another one is another version */
export function defineSummaries(version = 1, factor = 1): SummaryProjection {
  return defineProjection('account-summary', {
    version,
    of: [Account],
    initialState: { owner: '', cents: 0, events: 0 } as Summary,
    fields: ['owner', 'cents'],
    on: {
      Opened: (document, { data }) => ({ ...document, owner: data.owner, events: document.events + 1 }),
      Deposited: (document, { data }) => ({
        ...document,
        cents: document.cents + data.cents * factor,
        events: document.events + 1,
      }),
      Closed: () => null,
    },
  })
}

export const Summaries: SummaryProjection = defineSummaries()

export const opened = (owner: string): NewEvent => ({ type: 'Opened', data: { owner } })
export const deposited = (cents: number): NewEvent => ({ type: 'Deposited', data: { cents } })
export const closed: NewEvent = { type: 'Closed', data: {} }

/** A generator of numbers from 0 to below 1 that repeats itself for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** What was acknowledged, and the summaries that follow from it, by rules of its own. */
export class SummaryOracle {
  readonly summaries: Map<string, Summary> = new Map()
  position = 0
  count = 0

  /** Appends random events to one of the accounts, and notes them when they are acknowledged. */
  async append(store: EventStore, random: () => number, accounts: number): Promise<void> {
    const key = String(Math.floor(random() * accounts))
    const events = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const choice = random()
      if (choice < 0.1) return closed
      return choice < 0.3
        ? opened(`owner ${Math.floor(random() * 5)}`)
        : deposited(Math.floor(random() * 100) - 20)
    })
    const { position } = await store.append(`account-${key}`, events)
    this.position = Math.max(this.position, position)
    for (const event of events) this.#note(key, event)
  }

  #note(key: string, { type, data }: NewEvent): void {
    this.count++
    const before = this.summaries.get(key) ?? { owner: '', cents: 0, events: 0 }
    const { owner = before.owner, cents = 0 } = data as { owner?: string; cents?: number }
    if (type === 'Closed') this.summaries.delete(key)
    else this.summaries.set(key, { owner, cents: before.cents + cents, events: before.events + 1 })
  }
}

/** All documents of a read model, through its pages. */
export async function allOf<Document>(model: {
  list(options: { limit: number; after?: string }): Promise<{
    readonly documents: readonly { readonly key: string; readonly document: Document }[]
    readonly next: string | undefined
  }>
}): Promise<Map<string, Document>> {
  const all = new Map<string, Document>()
  let after: string | undefined
  do {
    const page = await model.list({ limit: 7, ...(after !== undefined && { after }) })
    for (const { key, document } of page.documents) all.set(key, document)
    after = page.next
  } while (after !== undefined)
  return all
}
