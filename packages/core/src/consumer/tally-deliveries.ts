import type { Tally } from './tally.ts'
import { addToDigest } from './tally.ts'

/** What a tally needs of an event. */
interface TalliedEvent {
  readonly id: string
  readonly position: number
  /** Where upcasters made several of one: the id of that one, which is what counts. */
  readonly partOf?: string
}

interface Tallied {
  readonly event: TalliedEvent
  readonly keys: readonly string[]
}

/** With the events that were delivered, in order: each stored one once for each key. */
export function tallyDeliveries(tally: Tally, deliveries: readonly Tallied[]): Tally {
  let { count, digest } = tally
  for (let index = 0; index < deliveries.length; index++) {
    const { event, keys } = deliveries[index] as Tallied
    let times = keys.length
    if (event.partOf !== undefined) {
      const all = new Set(keys)
      while (deliveries[index + 1]?.event.partOf === event.partOf) {
        index++
        for (const key of (deliveries[index] as Tallied).keys) all.add(key)
      }
      times = all.size
    }
    count += times
    digest = addToDigest(digest, event.partOf ?? event.id, times)
  }
  return { count, digest }
}

/** The last stored event of what was delivered. */
export function lastEvent(
  deliveries: readonly Tallied[],
): { readonly position: number; readonly id: string } | undefined {
  const last = deliveries.at(-1)?.event
  return last === undefined ? undefined : { position: last.position, id: last.partOf ?? last.id }
}
