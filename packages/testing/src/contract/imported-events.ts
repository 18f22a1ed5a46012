import type { EventStore } from '@eventfold/core'
import type { StoredEvent, TransferAdapter } from '@eventfold/core/adapter'
import { CaseSkipped } from './case-context.ts'

/** What moves a store. Skips the case where the adapter cannot be moved. */
export function transferOf(store: EventStore): TransferAdapter {
  const { transfer } = store.adapter
  if (transfer === undefined) throw new CaseSkipped('the adapter has no transfer')
  return transfer
}

/** A whole number as an id, in the order of numbers. */
export function idOf(number: number): string {
  return `019c0000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

/** An event as another store has recorded it. */
export function imported(
  position: number,
  stream: string,
  version: number,
  rest: Partial<StoredEvent> = {},
): StoredEvent {
  return {
    position,
    stream,
    version,
    id: idOf(position),
    type: 'MoneyDeposited',
    schemaVersion: 1,
    data: `{"cents":${position}}`,
    metadata: '',
    tags: [],
    recordedAt: Date.UTC(2025, 0, 1) + position,
    ...rest,
  }
}

/** Some of all kinds, with gaps between their positions. The texts are valid, and unlike what JSON.stringify makes. */
export const importedEvents: readonly StoredEvent[] = [
  imported(3, 'account-1', 1, { recordedAt: 1_234_567_890_123 }),
  imported(4, 'account-2', 1, { schemaVersion: 7, tags: ['owner:b', 'owner:a'] }),
  imported(9, 'account-1', 2, { data: '{ "cents" : 1.50, "note":"\\u00e9 é \\ud83d\\ude00" }' }),
  imported(10, 'account-1', 3, { metadata: '{ "actor":"ada" }', tags: ['owner:a'], recordedAt: 1 }),
  imported(70_000, 'order-é', 1, { type: 'OrderPlaced', data: 'null' }),
]

/** The same fields in the same order, without what a store may add. */
export function bare(events: readonly StoredEvent[]): StoredEvent[] {
  return events.map(
    ({ position, stream, version, id, type, schemaVersion, data, metadata, tags, recordedAt }) => {
      return { position, stream, version, id, type, schemaVersion, data, metadata, tags, recordedAt }
    },
  )
}
