import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStore } from '@eventfold/core'
import { pseudoRandom } from './pseudo-random.ts'

/** An event that carries the moment at which its append was called. */
export interface Ping {
  readonly sentAt: number
}

/** Milliseconds on a clock that all processes of a machine share. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1_000_000
}

/** The first few find code that has not run yet. */
export const warmUpPings = 20

/**
 * Appends pings, at a pace that leaves everybody time to rest in between.
 *
 * @param appended called after each, and waited for
 */
export async function sendPings(
  store: EventStore,
  count: number,
  appended: (ping: Ping) => Promise<void> = async () => {},
): Promise<void> {
  const random = pseudoRandom()
  for (let sent = 0; sent < count + warmUpPings; sent++) {
    await sleep(10 + random() * 20)
    const ping: Ping = { sentAt: clock() }
    await store.append('ping-1', [{ type: 'Pinged', data: { ...ping } }])
    await appended(ping)
  }
}
