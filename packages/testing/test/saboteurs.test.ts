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

function runContract(
  createStorage: () => EventStoreStorage,
  topic?: string,
  patience = 200,
): Promise<readonly Outcome[]> {
  const runner = new CollectingRunner()
  registerEventStoreContract(runner, { name: 'store', createStorage, patience })
  return runner.run((name) => topic === undefined || name === topic)
}

describe('the contract accepts', () => {
  test('a healthy store, and passes over what it does not declare', async () => {
    const outcomes = await runContract(() => ({ open: openMemory }), undefined, 2_000)
    expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([])
    const skipped = outcomes.filter(({ status }) => status === 'skipped')
    expect(skipped.length).toBeGreaterThan(10)
    expect(skipped.filter(({ title }) => !/instance|again/.test(title))).toEqual([])
  })

  test('a healthy store of several instances, with every case', async () => {
    const outcomes = await runContract(
      () => spoiledStorage((inner) => new SharedAdapter(inner)),
      undefined,
      2_000,
    )
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
    const outcomes = await runContract(() => spoiledStorage(spoil), topic)
    expect(outcomes.length).toBeGreaterThan(0)
    expect(outcomes.filter(({ status }) => status === 'failed')).not.toEqual([])
  })

  test('a store that says it is durable and forgets', async () => {
    const forgetful = () => ({ open: () => spoiledStorage((inner) => new SharedAdapter(inner)).open({}) })
    const outcomes = await runContract(forgetful, 'lifecycle')
    const failed = outcomes.filter(({ status }) => status === 'failed').map(({ title }) => title)
    expect(failed).toContain('[7] a store that was opened again has every event, as it was')
  })
})
