import { Consumer, type EventStore } from '@eventfold/core'
import { expect, test } from 'vitest'
import { findConsumer, openConsumer } from '../src/open-consumer.ts'
import { default as bank, deposit } from './programs/bank.config.ts'
import { newBank } from './storage.ts'

async function startOnce(store: EventStore, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const consumer = new Consumer(store, name, { handle: () => {} })
    await consumer.start()
    await consumer.waitFor(await store.head())
    await consumer.stop()
  }
}

test('a consumer is found by its own name, and by that of what it belongs to', async () => {
  const { store } = await newBank('sqlite')
  await startOnce(
    store,
    'mailer',
    'mailer#2',
    'balances#3',
    'outbox:notices',
    'saga:move',
    'saga:move/commands',
  )
  const find = async (given: string) => (await findConsumer(store, given, {})).name
  expect(await find('mailer')).toBe('mailer')
  expect(await find('balances')).toBe('balances#3')
  expect(await find('notices')).toBe('outbox:notices')
  expect(await find('saga:move')).toBe('saga:move')
  await expect(find('move')).rejects.toMatchObject({
    name: 'UsageError',
    next: 'Name one of: saga:move, saga:move/commands',
  })
  await expect(find('balance')).rejects.toMatchObject({ name: 'UsageError' })
})

test('with its definition, a consumer is only as far behind as it has something to read', async () => {
  const { store } = await newBank('sqlite')
  await startOnce(store, 'greeter', 'balances#1', 'other')
  await deposit(store, '1', 5)
  const behind = async (name: string) => (await openConsumer(store, name, bank).status()).lag.events
  expect(await behind('greeter')).toBe(0)
  expect(await behind('balances#1')).toBe(1)
  expect(await behind('other')).toBe(1)
})
