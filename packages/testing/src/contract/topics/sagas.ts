import assert from 'node:assert/strict'
import { DomainError, StoreUnavailableError } from '@eventfold/core'
import type { CaseContext } from '../case-context.ts'
import { gated } from '../gated-adapter.ts'
import type { Topic } from '../topic.ts'
import { calmSaga, hastySaga, TestBank } from '../transfers.ts'

const closed = new DomainError('closed', 'Bob is closed')

/** A transfer, of whose first commits every other one fails with `error`, before or after it has happened. */
async function moveThrough(
  { open, patience }: CaseContext,
  when: 'before' | 'after',
  error: StoreUnavailableError,
): Promise<void> {
  const { store, gate } = gated(await open())
  const bank = new TestBank(store)
  await bank.deposit('ada', 10)
  const moves = bank.moves()
  await moves.start()
  let commits = 0
  gate.onCommit = (moment) => {
    if (moment === when && commits < 8 && commits++ % 2 === 0) throw error
  }
  await bank.request('1', 'ada', 'bob', 4)
  assert.equal((await moves.ended('1', { timeout: patience })).status, 'completed')
  gate.onCommit = () => {}
  assert.equal((await moves.history('1')).length, 6)
  await bank.check({ ada: 6, bob: 4 }, 3)
  await moves.stop()
}

export const sagas: Topic = {
  name: 'sagas',
  cases: {
    '[13] a process over several aggregates is carried through, and its history tells how': async ({
      open,
      patience,
    }) => {
      const bank = new TestBank(await open())
      await bank.deposit('ada', 10)
      const moves = bank.moves()
      await moves.start()
      await bank.request('1', 'ada', 'bob', 4)
      const { status, state } = await moves.ended('1', { timeout: patience })
      assert.deepEqual([status, state.steps], ['completed', { withdraw: 'done', deposit: 'done' }])
      await bank.check({ ada: 6, bob: 4 }, 3)
      const history = await moves.history('1')
      assert.deepEqual(
        history.map(({ type }) => type),
        ['SagaStarted', 'CommandSent', 'CommandDone', 'CommandSent', 'CommandDone', 'SagaEnded'],
      )
      const [request] = await bank.store.readStream('transfer-1')
      const [event] = await bank.store.readStream('account-bob')
      assert.equal(event?.metadata.correlationId, request?.id)
      assert.equal(event?.metadata.causationId, history[3]?.id)
      await moves.stop()
    },

    '[13] what was done is undone when a later step is refused': async ({ open, patience }) => {
      const bank = new TestBank(await open())
      await bank.deposit('ada', 10)
      const moves = bank.moves(calmSaga, ({ command, to }) => {
        if (command === 'account.deposit' && to === 'bob') throw closed
      })
      await moves.start()
      await bank.request('1', 'ada', 'bob', 4)
      const { status, reason } = await moves.ended('1', { timeout: patience })
      assert.deepEqual([status, reason], ['failed', 'account.deposit: Bob is closed'])
      await bank.check({ ada: 10, bob: 0 }, 3)
      await bank.request('2', 'eve', 'ada', 1)
      assert.equal((await moves.ended('2', { timeout: patience })).status, 'failed')
      await bank.check({ ada: 10, bob: 0, eve: 0 }, 3)
      await moves.stop()
    },

    '[13] what cannot be undone is listed as stuck, and can be retried and resolved': async ({
      open,
      waitUntil,
      patience,
    }) => {
      let isClosed = true
      const bank = new TestBank(await open())
      await bank.deposit('ada', 10)
      const moves = bank.moves(calmSaga, ({ command }) => {
        if (command === 'account.deposit' && isClosed) throw closed
      })
      await moves.start()
      await bank.request('1', 'ada', 'bob', 4)
      await bank.request('2', 'ada', 'bob', 3)
      await waitUntil(async () => (await moves.stuck()).length === 2, 'two stuck instances')
      const { stuck, healthy } = await moves.status()
      assert.deepEqual([stuck, healthy], [2, false])
      assert.match((await moves.stuck())[0]?.reason ?? '', /could not undo withdraw .*Bob is closed/)
      isClosed = false
      await moves.retry('1')
      await moves.resolve('2', { as: 'failed', note: 'by hand' })
      const ended = [
        await moves.ended('1', { timeout: patience }),
        await moves.ended('2', { timeout: patience }),
      ]
      assert.deepEqual(
        ended.map(({ status, reason }) => [status, reason]),
        [
          ['failed', 'account.deposit: Bob is closed'],
          ['failed', 'by hand'],
        ],
      )
      await bank.check({ ada: 7, bob: 0 })
      assert.equal((await moves.status()).healthy, true)
      await moves.stop()
    },

    '[13] state, commands and checkpoint are stored together, or not at all, where commits fail': (context) =>
      moveThrough(context, 'before', new StoreUnavailableError('not-stored', 'as planned')),

    '[13] every command has one effect where replies of commits are lost': (context) =>
      moveThrough(context, 'after', new StoreUnavailableError('unknown', 'as planned')),

    '[13] a process that died with a command under way is taken over, and the command has one effect':
      async ({ open, waitUntil, patience }) => {
        const store = await open()
        const { store: dying, gate } = gated(store)
        const healthy = new TestBank(store)
        await healthy.deposit('ada', 10)
        let isSent = false
        // The command is carried out, and the process dies before that is recorded.
        const dead = new TestBank(dying).movesBy(
          async (command, options) => {
            await healthy.bus.send(command, options)
            gate.cut()
            isSent = true
            return new Promise(() => {})
          },
          { ...hastySaga, stopTimeout: 0 },
        )
        await dead.start()
        await healthy.request('1', 'ada', 'bob', 4)
        await waitUntil(() => isSent, 'the command of the dying process')
        const heir = healthy.moves(hastySaga)
        await heir.start()
        assert.equal((await heir.ended('1', { timeout: patience })).status, 'completed')
        await healthy.check({ ada: 6, bob: 4 }, 3)
        assert.equal((await heir.history('1')).length, 6)
        await dead.stop()
        await heir.stop()
      },

    '[13] two instances at once handle each input once': async ({ openTwo, patience }) => {
      const stores = await openTwo()
      const banks = stores.map((store) => new TestBank(store)) as [TestBank, TestBank]
      const [bank] = banks
      await bank.deposit('ada', 100)
      const [one, other] = banks.map((each) =>
        each.moves({ ...calmSaga, partitions: 2, leaseTime: 3_000 }),
      ) as [ReturnType<TestBank['moves']>, ReturnType<TestBank['moves']>]
      await one.start()
      await other.start()
      const keys = Array.from({ length: 12 }, (_, index) => String(index))
      for (const [index, key] of keys.entries()) {
        await (banks[index % 2] as TestBank).request(key, 'ada', `to${index % 3}`, 2)
      }
      for (const key of keys) {
        assert.equal((await one.ended(key, { timeout: patience })).status, 'completed')
        assert.equal((await one.history(key)).length, 6)
      }
      await bank.check({ ada: 76, to0: 8, to1: 8, to2: 8 }, 25)
      await one.stop()
      await other.stop()
    },
  },
}
