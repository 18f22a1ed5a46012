import { expect, test } from 'vitest'
import { registerEventStoreContract } from '../src/contract/index.ts'
import { CollectingRunner } from './collecting-runner.ts'
import { type ConsumerSaboteur, consumerSaboteurs } from './saboteurs/consumer-saboteurs.ts'
import { SharedAdapter } from './saboteurs/shared-adapter.ts'
import { writeSideSaboteurs } from './saboteurs/write-side-saboteurs.ts'
import { spoiledStorage } from './spoiled-storage.ts'

/** Longer than the longest pause of a healthy consumer between two looks at the fleet. */
const patience = 600

/** How one case ends. A case that takes longer than three seconds counts as failed. */
async function outcomeOf(title: string, spoil: ConsumerSaboteur['spoil']) {
  const runner = new CollectingRunner()
  const createStorage = () => spoiledStorage(spoil)
  registerEventStoreContract(runner, { name: 'store', createStorage, patience })
  const [outcome] = await runner.run((_, each) => each === title)
  return outcome
}

/** What a store can do that keeps events only. */
class EventsOnly extends SharedAdapter {
  override get documents(): never {
    return undefined as never
  }
}

test('a store that keeps events only passes what is asked of it', async () => {
  const runner = new CollectingRunner()
  const createStorage = () => spoiledStorage((inner) => new EventsOnly(inner))
  registerEventStoreContract(runner, { name: 'store', createStorage, patience: 2_000 })
  const outcomes = await runner.run()
  expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([])
  const skipped = new Set(outcomes.filter(({ status }) => status === 'skipped').map(({ topic }) => topic))
  for (const topic of ['consumers', 'consumer parking', 'exactly once', 'projections'])
    expect(skipped).toContain(topic)
})

const all = [...consumerSaboteurs, ...writeSideSaboteurs]

test.for([...new Set(all.map(({ title }) => title))])('a healthy store passes: %s', async (title) => {
  expect(await outcomeOf(title, (inner) => new SharedAdapter(inner))).toMatchObject({ status: 'passed' })
})

test.for<ConsumerSaboteur>(all)('the contract rejects $name', async ({ title, spoil }) => {
  const outcome = await outcomeOf(title, spoil)
  expect(outcome).toMatchObject({ status: 'failed' })
})
