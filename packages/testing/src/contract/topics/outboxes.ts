import assert from 'node:assert/strict'
import type { Message } from '@eventfold/core'
import { calm, hasty } from '../consumer-settings.ts'
import { deposited, range } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { noted, Receiver } from '../notices.ts'
import type { Topic } from '../topic.ts'

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
      const publish = (message: Message) => {
        receiver.messages.push(message)
        gate.cut()
      }
      const dead = receiver.of(dying, { ...hasty, stopTimeout: 0, publish })
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

    '[9] two instances publish every message, in the order of its key, always with its id': async ({
      openTwo,
      waitUntil,
    }) => {
      const [store, other] = await openTwo()
      const receiver = new Receiver()
      const options = { ...calm, partitions: 2 }
      const both = [receiver.of(store, options), receiver.of(other, options)] as const
      const keys = ['a', 'b', 'c', 'd']
      const ids = new Map<string, number>()
      for (const number of range(1, 8)) {
        if (number === 5) await Promise.all(both.map((each) => each.start()))
        for (const key of keys) {
          const [id = ''] = await both[number % 2 === 0 ? 0 : 1].put(key, noted(number))
          ids.set(id, number)
        }
      }
      await waitUntil(() => keys.every((key) => receiver.firstNumbers(key).length === 8), 'all messages')
      for (const key of keys) assert.deepEqual(receiver.firstNumbers(key), range(1, 8))
      for (const { id, data } of receiver.messages) assert.equal(ids.get(id), data)
      await Promise.all(both.map((each) => each.stop()))
    },
  },
}
