import assert from 'node:assert/strict'
import {
  type CommandQueue,
  commandQueue,
  defineOutbox,
  type EventStore,
  type Message,
  type Outbox,
  type OutboxDefinition,
  outbox,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'
import { calm, hasty } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited, range } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import type { Topic } from '../topic.ts'
import { TestBank } from '../transfers.ts'

type Notes = { readonly Noted: StandardSchema<number> }

const Notices: OutboxDefinition<Notes> = defineOutbox('notices', { messages: { Noted: typeOf<number>() } })

const noted = (...numbers: number[]) => numbers.map((data) => ({ type: 'Noted', data }) as const)

/** What has come out. */
class Receiver {
  readonly messages: Message[] = []

  of(store: EventStore, options: Partial<Parameters<typeof outbox>[2]> = {}): Outbox<Notes> {
    documentsOf(store)
    return outbox(Notices, store, {
      ...calm,
      ...options,
      publish: (message) => void this.messages.push(message),
    })
  }

  numbers(key?: string): unknown[] {
    return this.messages.filter((message) => key === undefined || message.key === key).map(({ data }) => data)
  }
}

function queueOf(
  store: EventStore,
  now: () => Promise<number>,
): { readonly bank: TestBank; readonly queue: CommandQueue } {
  const bank = new TestBank(store)
  return {
    bank,
    queue: commandQueue('later', store, { ...calm, pollInterval: 5, now, bus: bank.bus as never }),
  }
}

const deposit = (cents: number) => ({ command: 'account.deposit', to: 'ada', input: { cents } }) as const

export const outboxes: Topic = {
  name: 'outboxes',
  cases: {
    '[9] messages are published in the order of their keys, with the ids they were given': async ({
      open,
      waitUntil,
    }) => {
      const receiver = new Receiver()
      const notices = receiver.of(await open())
      await notices.start()
      const first = await notices.put('a', noted(1, 2))
      await notices.put('b', noted(7))
      const ids = [...first, ...(await notices.put('a', noted(3)))]
      await waitUntil(() => receiver.messages.length === 4, 'all messages')
      assert.deepEqual([receiver.numbers('a'), receiver.numbers('b')], [[1, 2, 3], [7]])
      assert.deepEqual(
        receiver.messages.filter(({ key }) => key === 'a').map(({ id }) => id),
        ids,
      )
      await notices.stop()
    },

    '[9] a message goes out with the transaction that puts it, and never if that is rolled back': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      const receiver = new Receiver()
      const notices = receiver.of(store)
      await notices.start()
      const putIn = (number: number, end: () => void) =>
        store.transaction(async (transaction) => {
          await store.append('account-1', [deposited(number)], { transaction })
          await notices.put('a', noted(number), { transaction })
          end()
        })
      await assert.rejects(
        putIn(1, () => {
          throw new RangeError('as planned')
        }),
        RangeError,
      )
      await putIn(2, () => {})
      await waitUntil(() => receiver.messages.length > 0, 'the message')
      await notices.waitFor(await store.head())
      assert.deepEqual(receiver.numbers(), [2])
      assert.equal((await store.readStream('account-1')).length, 1)
      await notices.stop()
    },

    '[9] a message whose publisher died is published again, with the same id': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      const { store: dying, gate } = gated(store)
      const receiver = new Receiver()
      const dead = outbox(Notices, dying, {
        ...hasty,
        stopTimeout: 0,
        publish: (message) => {
          receiver.messages.push(message)
          gate.cut()
        },
      })
      await dead.start()
      const heir = receiver.of(store, hasty)
      await heir.put('a', noted(1))
      await waitUntil(() => receiver.messages.length === 1, 'the first time')
      await heir.start()
      await waitUntil(() => receiver.messages.length === 2, 'the second time')
      const [first, second] = receiver.messages
      assert.deepEqual([first?.id, first?.data], [second?.id, second?.data])
      await dead.stop()
      await heir.stop()
    },

    '[13] what is put for later goes out once when its time has come, and in the order of times': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      let time = 1_000
      const { bank, queue } = queueOf(store, async () => time)
      await queue.start()
      for (const cents of [30, 10, 20]) await queue.put(deposit(cents), { at: new Date(1_000 + cents) })
      await queue.put(deposit(1))
      await waitUntil(async () => (await bank.accounts.load('ada')).version === 1, 'what is due at once')
      time = 1_020
      await waitUntil(async () => (await bank.accounts.load('ada')).version === 3, 'what is due now')
      time = 2_000
      await waitUntil(async () => (await bank.accounts.load('ada')).version === 4, 'the rest')
      const events = await store.readStream('account-ada')
      assert.deepEqual(
        events.map(({ data }) => data),
        [1, 10, 20, 30].map((cents) => ({ cents })),
      )
      await queue.stop()
    },

    '[13] two instances that look at once let each timer fire once': async ({ openTwo, waitUntil }) => {
      const stores = await openTwo()
      let time = 0
      const both = stores.map((store) => queueOf(store, async () => time))
      const [{ bank, queue }] = both as [ReturnType<typeof queueOf>]
      for (const cents of range(1, 30)) await queue.put(deposit(cents), { at: new Date(10 + (cents % 3)) })
      await Promise.all(both.map((each) => each.queue.start()))
      time = 100
      await waitUntil(async () => (await bank.accounts.load('ada')).version >= 30, 'all commands')
      await queue.waitFor(await stores[0].head())
      await bank.check({ ada: 465 }, 30)
      assert.equal((await stores[0].readStream('commands:later-account-ada')).length, 30)
      await Promise.all(both.map((each) => each.queue.stop()))
    },

    '[13] what is taken back never goes out, also where that races with its time': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      const { bank, queue } = queueOf(store, async () => 1_000)
      const ids: string[] = []
      for (const cents of range(1, 20)) ids.push(await queue.put(deposit(cents), { at: new Date(cents) }))
      const started = queue.start()
      const cancelled = await Promise.all(ids.map((id) => queue.cancel(id)))
      await started
      const left = range(1, 20).filter((cents) => !cancelled[cents - 1])
      await waitUntil(async () => (await bank.accounts.load('ada')).version === left.length, 'what is left')
      await queue.waitFor(await store.head())
      const events = await store.readStream('account-ada')
      assert.deepEqual(
        events.map(({ data }) => (data as { cents: number }).cents).sort((a, b) => a - b),
        left,
      )
      await queue.stop()
    },

    '[13] what is taken back between the look and the firing does not go out': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      const { store: slow, gate } = gated(store)
      const { bank, queue } = queueOf(slow, async () => 1_000)
      const elsewhere = queueOf(store, async () => 1_000).queue
      const id = await elsewhere.put(deposit(1), { at: new Date(1) })
      await elsewhere.put(deposit(2), { at: new Date(2) })
      const { find } = gate.documents
      let isTaken: boolean | undefined
      gate.documents.find = async (query, transaction) => {
        const found = await find(query, transaction)
        if (query.collection.startsWith('eventfold:timers/')) isTaken ??= await elsewhere.cancel(id)
        return found
      }
      await queue.start()
      await waitUntil(async () => (await bank.accounts.load('ada')).version > 0, 'the other one')
      await queue.waitFor(await store.head())
      assert.equal(isTaken, true)
      await bank.check({ ada: 2 }, 1)
      await queue.stop()
    },

    '[13] what was due while the store was closed goes out once after it was opened again': async ({
      open,
      reopen,
      waitUntil,
    }) => {
      const store = await open()
      documentsOf(store)
      const before = queueOf(store, async () => 0)
      await before.queue.start()
      await before.queue.put(deposit(5), { at: new Date(10) })
      await before.queue.stop()
      const again = await reopen(store)
      const { bank, queue } = queueOf(again, async () => 1_000)
      await queue.start()
      await waitUntil(async () => (await bank.accounts.load('ada')).version === 1, 'the command')
      await queue.stop()
      const third = queueOf(again, async () => 2_000)
      await third.queue.start()
      await third.queue.waitFor(await again.head())
      await third.queue.stop()
      await bank.check({ ada: 5 }, 1)
    },
  },
}
