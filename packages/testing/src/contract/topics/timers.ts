import assert from 'node:assert/strict'
import { StoreClosedError } from '@eventfold/core'
import { calm, hasty } from '../consumer-settings.ts'
import { deposit, type QueuedBank, queueOf } from '../delayed-deposits.ts'
import { documentsOf } from '../document-collection.ts'
import { range } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { noted, Receiver } from '../notices.ts'
import type { Topic } from '../topic.ts'

export const timers: Topic = {
  name: 'timers',
  cases: {
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
      const [{ bank, queue }] = both as [QueuedBank]
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

    '[13] many that are due at once go out in the order of their times': async ({ open, waitUntil }) => {
      const store = await open()
      const receiver = new Receiver()
      const notices = receiver.of(store, { ...calm, now: async () => 1_000 })
      const shuffled = range(1, 240).map((number) => (number * 7) % 241)
      await store.transaction(async (transaction) => {
        for (const number of shuffled) {
          await notices.put(`key${number % 3}`, noted(number), { at: new Date(number), transaction })
        }
      })
      await notices.start()
      await waitUntil(() => receiver.messages.length >= 240, 'all messages')
      for (const rest of [0, 1, 2]) {
        const expected = range(1, 240).filter((number) => number % 3 === rest)
        assert.deepEqual(receiver.numbers(`key${rest}`), expected)
      }
      await notices.stop()
    },

    '[13] putting for later, and taking back, are part of their transaction': async ({ open, waitUntil }) => {
      const store = await open()
      const receiver = new Receiver()
      const notices = receiver.of(store, { ...calm, now: async () => 1_000 })
      const at = new Date(10)
      const [kept = '', taken = ''] = await notices.put('a', noted(1, 2), { at })
      const change = (cancelled: string, number: number, end: () => void) =>
        store.transaction(async (transaction) => {
          assert.equal(await notices.cancel(cancelled, { transaction }), true)
          await notices.put('a', noted(number), { at, transaction })
          end()
        })
      const undone = change(kept, 3, () => {
        throw new RangeError('as planned')
      })
      await assert.rejects(undone, RangeError)
      await change(taken, 4, () => {})
      await notices.start()
      await waitUntil(() => receiver.messages.length >= 2, 'the messages')
      await notices.waitFor(await store.head())
      assert.deepEqual(receiver.numbers(), [1, 4])
      await notices.stop()
    },

    '[13] what an instance died of while it let it go out, goes out once by another': async ({
      open,
      waitUntil,
    }) => {
      for (const when of ['before', 'after'] as const) {
        const store = await open()
        const { store: dying, gate } = gated(store)
        const { write } = gate.documents
        let isFiring = false
        gate.documents.write = (writes, transaction) => {
          isFiring ||= writes.some(({ collection }) => collection.startsWith('eventfold:timers/'))
          return write(writes, transaction)
        }
        gate.onCommit = (moment) => {
          if (!isFiring || moment !== when) return
          gate.cut()
          throw new StoreClosedError()
        }
        const receiver = new Receiver()
        let time = 0
        const now = async () => time
        const heir = receiver.of(store, { ...hasty, now })
        await heir.put(when, noted(1), { at: new Date(10) })
        const dead = receiver.of(dying, { ...hasty, now, pollInterval: 5, stopTimeout: 0 })
        await dead.start()
        time = 1_000
        await waitUntil(() => isFiring, 'the first try')
        await heir.start()
        await waitUntil(() => receiver.messages.length > 0, 'the message')
        await heir.waitFor(await store.head())
        assert.equal((await store.readStream(`outbox:notices-${when}`)).length, 1)
        assert.deepEqual(receiver.firstNumbers(when), [1])
        await Promise.all([dead.stop(), heir.stop()])
      }
    },

    '[13] a delay goes by the clock of the database, whichever instance puts': async ({
      openTwo,
      waitUntil,
    }) => {
      const [store, other] = await openTwo()
      const receiver = new Receiver()
      const putting = receiver.of(other)
      const publishing = receiver.of(store, { ...calm, pollInterval: 5 })
      await publishing.start()
      const before = await store.adapter.now()
      await putting.put('a', noted(1), { after: 30 })
      await waitUntil(() => receiver.messages.length === 1, 'the message')
      const [event] = await store.readStream('outbox:notices-a')
      assert.ok((event?.recordedAt.getTime() ?? 0) >= before + 30, 'not before its time')
      await publishing.stop()
    },
  },
}
