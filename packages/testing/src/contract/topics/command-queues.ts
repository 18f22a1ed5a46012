import assert from 'node:assert/strict'
import { hasty } from '../consumer-settings.ts'
import { deposit, queueOf } from '../delayed-deposits.ts'
import { gated } from '../gated-adapter.ts'
import type { Topic } from '../topic.ts'

const withdraw = (cents: number) => ({ command: 'account.withdraw', to: 'ada', input: { cents } }) as const

const now = async () => 1_000

export const commandQueues: Topic = {
  name: 'command queues',
  cases: {
    '[13] queued commands are carried out in the order of their keys, once, together with what gives rise to them':
      async ({ open, waitUntil }) => {
        const store = await open()
        const { bank, queue } = queueOf(store, now)
        await queue.start()
        const putIn = (cents: number, end: () => void) =>
          store.transaction(async (transaction) => {
            await queue.put(deposit(cents), { transaction })
            await queue.put(withdraw(cents), { transaction })
            end()
          })
        await assert.rejects(
          putIn(7, () => {
            throw new RangeError('as planned')
          }),
          RangeError,
        )
        await putIn(5, () => {})
        await queue.put(deposit(1, 'bob'))
        await queue.put(deposit(2))
        const versions = async () =>
          (await bank.accounts.load('ada')).version + (await bank.accounts.load('bob')).version
        await waitUntil(async () => (await versions()) >= 4, 'all commands')
        await queue.waitFor(await store.head())
        const events = await store.readStream('account-ada')
        assert.deepEqual(
          events.map(({ type }) => type),
          ['Deposited', 'Withdrawn', 'Deposited'],
        )
        await bank.check({ ada: 2, bob: 1 }, 4)
        await queue.stop()
      },

    '[13] a command that is refused is recorded once, and holds up nothing, also where its sender died':
      async ({ open, waitUntil }) => {
        const store = await open()
        const { store: dying, gate } = gated(store)
        const { append } = gate
        let isRecorded = false
        gate.append = async (writes, transaction) => {
          const receipts = await append.call(gate, writes, transaction)
          isRecorded = writes.some(({ events }) => events.some(({ type }) => type === 'CommandRefused'))
          if (isRecorded) gate.cut()
          return receipts
        }
        const dead = queueOf(dying, now, { ...hasty, stopTimeout: 0 }).queue
        const refused: string[] = []
        const onRefused = (_error: unknown, { command }: { readonly command: string }) =>
          void refused.push(command)
        const { bank, queue } = queueOf(store, now, { ...hasty, onRefused })
        const id = await queue.put(withdraw(1))
        await queue.put(deposit(5))
        await dead.start()
        await waitUntil(() => isRecorded, 'the refusal')
        await queue.start()
        await waitUntil(async () => (await bank.accounts.load('ada')).version > 0, 'the command behind it')
        await queue.waitFor(await store.head())
        const recorded = await store.readStream('commands:later-account-ada')
        const refusals = recorded.filter(({ type }) => type === 'CommandRefused')
        assert.deepEqual(
          refusals.map(({ data, metadata }) => [(data as { queued: string }).queued, metadata.causationId]),
          [[id, id]],
        )
        assert.deepEqual(refused, ['account.withdraw'])
        await bank.check({ ada: 5 }, 1)
        await Promise.all([dead.stop(), queue.stop()])
      },
  },
}
