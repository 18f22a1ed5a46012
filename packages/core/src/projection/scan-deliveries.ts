import type { Delivery } from '../consumer/processor.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import { pageSize } from '../store/parse-query.ts'
import { TurnLimit } from '../subscription/turn-limit.ts'
import type { Generations } from './generations.ts'

/**
 * The events of a projection after a position, up to and with another, page by page, with their keys. One that cannot
 * be decoded, or whose keys cannot be told, has the key that its consumer gave it: its stream.
 */
export async function* scanDeliveries<Transaction>(
  { store, storage }: Generations<Transaction>,
  after: number,
  upTo: number,
  transaction?: Transaction,
): AsyncGenerator<readonly (Delivery | UnreadableDelivery)[], void, undefined> {
  const turns = new TurnLimit()
  for (let position = after; position < upTo; ) {
    const page = await store.adapter.readLog(
      store.widened({
        after: position,
        before: upTo + 1,
        backwards: false,
        limit: pageSize,
        filter: storage.filter,
      }),
      transaction,
    )
    yield page.events.flatMap(toDeliveries)
    if (page.end) return
    position = page.next
    await turns.pass()
  }

  function toDeliveries(row: StoredEvent): readonly (Delivery | UnreadableDelivery)[] {
    try {
      return store.decoder.events(row).map((event) => ({ event, keys: storage.keysOf(event) }))
    } catch (error) {
      return [{ event: row, keys: [row.stream], error }]
    }
  }
}

/** An event whose data or keys cannot be told. */
export interface UnreadableDelivery {
  readonly event: StoredEvent
  readonly keys: readonly string[]
  readonly error: unknown
}
