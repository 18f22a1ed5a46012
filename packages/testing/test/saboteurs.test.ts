import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { type EventStoreStorage, registerEventStoreContract, topics } from '../src/contract/index.ts'
import { CollectingRunner, type Outcome } from './collecting-runner.ts'
import { documentSaboteurs } from './saboteurs/document-saboteurs.ts'
import { maintenanceSaboteurs } from './saboteurs/maintenance-saboteurs.ts'
import type { Saboteur } from './saboteurs/saboteur.ts'
import { saboteurs, sharedSaboteurs } from './saboteurs/saboteurs.ts'
import { SharedAdapter } from './saboteurs/shared-adapter.ts'
import { subscriptionSaboteurs } from './saboteurs/subscription-saboteurs.ts'
import { transferSaboteurs } from './saboteurs/transfer-saboteurs.ts'
import { spoiledStorage } from './spoiled-storage.ts'

function contractOf(createStorage: () => EventStoreStorage, patience: number): CollectingRunner {
  const runner = new CollectingRunner()
  registerEventStoreContract(runner, { name: 'store', createStorage, patience })
  return runner
}

/** The first case of a topic that fails. */
async function firstFailure(
  topic: string,
  createStorage: () => EventStoreStorage,
): Promise<Outcome | undefined> {
  const outcomes = contractOf(createStorage, 200).outcomes((name) => name === topic)
  for await (const outcome of outcomes) if (outcome.status === 'failed') return outcome
  return undefined
}

describe('the contract accepts', () => {
  test('a healthy store, and passes over what it does not declare', async () => {
    const outcomes = await contractOf(() => ({ open: openMemory }), 2_000).run()
    expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([])
    const skipped = outcomes.filter(({ status }) => status === 'skipped')
    expect(skipped.length).toBeGreaterThan(10)
    expect(skipped.filter(({ title }) => !/instance|again/.test(title))).toEqual([])
  })

  test('a healthy store of several instances, with every case', async () => {
    const outcomes = await contractOf(() => spoiledStorage((inner) => new SharedAdapter(inner)), 2_000).run()
    expect(outcomes.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(outcomes.length).toBe(topics.flatMap(({ cases }) => Object.keys(cases)).length)
  })
})

describe('the contract rejects', () => {
  test.for<Saboteur>([
    ...saboteurs,
    ...documentSaboteurs,
    ...subscriptionSaboteurs,
    ...sharedSaboteurs,
    ...transferSaboteurs,
    ...maintenanceSaboteurs,
  ])('$name', async ({ topic, spoil }) => {
    expect(await firstFailure(topic, () => spoiledStorage(spoil))).toBeDefined()
  })

  test('a store that says it is durable and forgets', async () => {
    const forgetful = () => ({ open: () => spoiledStorage((inner) => new SharedAdapter(inner)).open({}) })
    const outcomes = await contractOf(forgetful, 200).run((topic) => topic === 'lifecycle')
    const failed = outcomes.filter(({ status }) => status === 'failed').map(({ title }) => title)
    expect(failed).toContain('[7] a store that was opened again has every event, as it was')
  })
})
