import fc from 'fast-check'
import type { EventStoreStorage } from '../contract/fixture.ts'
import { LogFollower } from '../contract/log-follower.ts'
import { readLogByPages } from '../contract/read-all.ts'
import { type CheckOptions, checkProperty } from './check-property.ts'
import { checkRecords } from './check-records.ts'
import { RaceClient, type RaceStep } from './race-client.ts'
import { withStorage } from './with-storage.ts'

const step: fc.Arbitrary<RaceStep> = fc.record({
  kind: fc.constantFrom('any', 'exact', 'twice', 'several', 'transaction', 'rollback'),
  stream: fc.nat(2),
  count: fc.integer({ min: 1, max: 3 }),
  pause: fc.nat(2),
})

const clients = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6 })

/**
 * Lets several clients write to the same streams at once, through two stores where `capabilities.shared`, while
 * others read along; then judges what was acknowledged by what is stored. What is random replays with the seed; how
 * the clients interleave need not.
 */
export function checkRaces(
  createStorage: () => EventStoreStorage | Promise<EventStoreStorage>,
  options: CheckOptions = {},
): Promise<void> {
  const { runs = 20 } = options
  return checkProperty(
    'A race',
    clients,
    (plans) => {
      return withStorage(createStorage, async (open) => {
        const store = await open()
        const stores = store.capabilities.shared ? [store, await open()] : [store]
        const followers = stores.map((each) => new LogFollower(each))
        let ticks = 0
        const racing = plans.map((plan, index) => {
          return new RaceClient(stores[index % stores.length] ?? store, () => ++ticks).run(plan)
        })
        const outcomes = await Promise.allSettled(racing)
        const records = outcomes.flatMap((outcome) => {
          if (outcome.status === 'rejected') throw outcome.reason
          return outcome.value
        })
        for (const follower of followers) await follower.stop()
        checkRecords(records, await readLogByPages(store))
      })
    },
    { ...options, runs },
  )
}
