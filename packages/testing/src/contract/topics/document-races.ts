import assert from 'node:assert/strict'
import { type EventStore, isEventfoldError } from '@eventfold/core'
import { DocumentCollection } from '../document-collection.ts'
import { deposits, range } from '../facts.ts'
import { checkError } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

const mostAttempts = 500

type Writing = 'calls' | 'transactions'

/** Starts all writes at once, spread over the stores; exactly one may succeed. */
async function race(stores: readonly EventStore[], writing: Writing, expected: string | null): Promise<void> {
  const [first] = stores as [EventStore]
  const accounts = new DocumentCollection(first)
  const key = `${writing} ${expected}`
  if (expected !== null) await accounts.put(key, expected)
  const calls = range(1, 16).map((number) => {
    const store = stores[number % stores.length] as EventStore
    const put = (transaction?: unknown) => {
      const puts = [
        { key: `beside ${key}`, data: `${number}` },
        { key, data: `${number}`, expected },
      ]
      return new DocumentCollection(store).putAll(puts, transaction)
    }
    return (writing === 'calls' ? put() : store.transaction(put)).then(() => `${number}`)
  })
  const outcomes = await Promise.allSettled(calls)
  const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  assert.equal(won.length, 1, `${won.length} of 16 writers succeeded`)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      checkError(outcome.reason, 'document-conflict', { collection: 'accounts', key })
    }
  }
  assert.deepEqual(await accounts.getAll([key, `beside ${key}`]), [won[0], won[0]])
}

async function raceInAllWays(stores: readonly EventStore[], expected: string | null): Promise<void> {
  await race(stores, 'calls', expected)
  await race(stores, 'transactions', expected)
}

const readNumber = (data: string | undefined): number => Number(data ?? 0)

/** Six workers add one to a document, five times each, and again after a conflict: no addition is lost. */
async function addTogether(stores: readonly EventStore[]): Promise<void> {
  const add = async (accounts: DocumentCollection) => {
    for (const _ of range(1, mostAttempts)) {
      const data = await accounts.get('1')
      try {
        await accounts.put('1', `${readNumber(data) + 1}`, { expected: data ?? null })
        return
      } catch (error) {
        if (!isEventfoldError(error, 'document-conflict')) throw error
        await pause()
      }
    }
    assert.fail(`a conflict in each of ${mostAttempts} attempts`)
  }
  const workers = range(0, 5).map(async (worker) => {
    const accounts = new DocumentCollection(stores[worker % stores.length] as EventStore)
    for (const _ of range(1, 5)) await add(accounts)
  })
  await Promise.all(workers)
  assert.equal(await new DocumentCollection(stores[0] as EventStore).get('1'), '30')
}

/** Writers of the same documents, some in the opposite order, never wait for each other. */
async function writeBothWays(stores: readonly EventStore[]): Promise<void> {
  const keys = ['a', 'b', 'c']
  const [first] = stores as [EventStore]
  const calls = range(1, 20).map((number) => {
    const accounts = new DocumentCollection(stores[number % stores.length] as EventStore)
    const order = number % 3 === 0 ? keys.toReversed() : keys
    return accounts.putAll(order.map((key) => ({ key, data: `${number}` })))
  })
  await Promise.all(calls)
  const found = await new DocumentCollection(first).getAll(keys)
  assert.equal(new Set(found).size, 1, `written by ${found}`)
}

/** As consumers do: a checkpoint by compare-and-set, and what the events count up to, in one transaction. */
async function consumeTogether(stores: readonly EventStore[]): Promise<void> {
  const [first] = stores as [EventStore]
  await first.append('account-1', deposits(1, 40))
  const head = await first.head()
  const consume = async (store: EventStore) => {
    const documents = new DocumentCollection(store)
    for (const _ of range(1, mostAttempts)) {
      const checkpoint = await documents.get('checkpoint')
      const after = readNumber(checkpoint)
      if (after >= head) return
      const { events, next } = await store.readLog({ after, limit: 4 })
      const applying = store.transaction(async (transaction) => {
        await documents.put('checkpoint', `${next}`, { expected: checkpoint ?? null }, transaction)
        const count = readNumber(await documents.get('count', { transaction }))
        await pause()
        await documents.put('count', `${count + events.length}`, {}, transaction)
      })
      await applying.catch((error) => checkError(error, 'document-conflict', { key: 'checkpoint' }))
      await pause()
    }
    assert.fail(`not at the end after ${mostAttempts} attempts`)
  }
  await Promise.all(range(0, 3).map((worker) => consume(stores[worker % stores.length] as EventStore)))
  assert.equal(await new DocumentCollection(first).get('count'), '40')
}

export const documentRaces: Topic = {
  name: 'document races',
  cases: {
    '[2] of concurrent writers that expect the same text exactly one succeeds': async ({ open }) => {
      await raceInAllWays([await open()], 'old')
    },

    '[2] of concurrent writers of two instances that expect the same text exactly one succeeds': async ({
      openTwo,
    }) => {
      await raceInAllWays(await openTwo(), 'old')
    },

    '[2] of concurrent writers that expect no document exactly one succeeds': async ({ open }) => {
      await raceInAllWays([await open()], null)
    },

    '[2] of concurrent writers of two instances that expect no document exactly one succeeds': async ({
      openTwo,
    }) => {
      await raceInAllWays(await openTwo(), null)
    },

    '[2] no update is lost by writers that expect what they have read': async ({ open }) => {
      await addTogether([await open()])
    },

    '[2] no update is lost by writers of two instances that expect what they have read': async ({
      openTwo,
    }) => {
      await addTogether(await openTwo())
    },

    '[1] concurrent writes of the same documents in opposite orders are all stored whole': async ({
      open,
    }) => {
      await writeBothWays([await open()])
    },

    '[1] concurrent writes by two instances of the same documents in opposite orders are all stored whole':
      async ({ openTwo }) => {
        await writeBothWays(await openTwo())
      },

    '[10] consumers that move a checkpoint by what they expect apply every event once': async ({ open }) => {
      await consumeTogether([await open()])
    },

    '[10] consumers of two instances that move a checkpoint by what they expect apply every event once':
      async ({ openTwo }) => {
        await consumeTogether(await openTwo())
      },
  },
}
