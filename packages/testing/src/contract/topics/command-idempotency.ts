import assert from 'node:assert/strict'
import {
  commandBus,
  defineService,
  type EventStore,
  StoreUnavailableError,
  service,
  typeOf,
} from '@eventfold/core'
import { documentsOf } from '../document-collection.ts'
import { gated } from '../gated-adapter.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { TestBank } from '../transfers.ts'

const Mail = defineService('mail', {
  commands: { send: typeOf<{ readonly text: string }>() },
  results: { send: typeOf<{ readonly by: string }>() },
})

const deposit = (cents: number) => ({ command: 'account.deposit', to: 'ada', input: { cents } }) as const
const once = { idempotencyKey: 'once' }

/** A bus of an instance, whose service is carried out by `send`. */
function mailer(store: EventStore, send: () => Promise<{ by: string }>, takeOverAfter = 60_000) {
  documentsOf(store)
  const bus = commandBus(store, { services: [service(Mail, { send })], idempotency: { takeOverAfter } })
  return () => bus.send({ command: 'mail.send', input: { text: 'hello' } }, once)
}

export const commandIdempotency: Topic = {
  name: 'command idempotency',
  cases: {
    '[5] a command with a key has one effect, and the same result each time': async ({ open }) => {
      const bank = new TestBank(await open())
      const first = await bank.bus.send(deposit(5), once)
      await bank.deposit('ada', 1)
      const second = await bank.bus.send(deposit(5), once)
      assert.deepEqual([first.repeated, second.repeated], [false, true])
      assert.deepEqual([second.id, second.version, second.position], [first.id, 1, first.position])
      assert.deepEqual(
        second.events.map(({ type, data }) => [type, data]),
        [['Deposited', { cents: 5 }]],
      )
      await bank.check({ ada: 6 }, 2)
    },

    '[5] of many sends with one key at once one is carried out, and all get its result': async ({ open }) => {
      const store = await open()
      const banks = Array.from({ length: 8 }, () => new TestBank(store))
      const results = await Promise.all(banks.map(({ bus }) => bus.send(deposit(5), once)))
      assert.equal(new Set(results.map(({ id, position }) => `${id} ${position}`)).size, 1)
      assert.equal(results.filter(({ repeated }) => !repeated).length, 1)
      await banks[0]?.check({ ada: 5 }, 1)
    },

    '[5] of sends with one key by two instances one is carried out': async ({ openTwo }) => {
      const banks = (await openTwo()).map((store) => new TestBank(store))
      for (let round = 0; round < 5; round++) {
        const sends = banks.map(({ bus }) => bus.send(deposit(1), { idempotencyKey: `round ${round}` }))
        const results = await Promise.all(sends)
        assert.equal(new Set(results.map(({ position }) => position)).size, 1)
      }
      await banks[0]?.check({ ada: 5 }, 5)
    },

    '[5] a key is refused for another command, and nothing is done': async ({ open }) => {
      const bank = new TestBank(await open())
      await bank.bus.send(deposit(5), once)
      await rejectsWith(bank.bus.send(deposit(6), once), 'idempotency-conflict', { key: 'once' })
      await bank.check({ ada: 5 }, 1)
    },

    '[5] a key and its events are stored together, or not at all': async ({ open }) => {
      const store = await open()
      const { store: unreliable, gate } = gated(store)
      const bank = new TestBank(unreliable)
      gate.onCommit = (when) => {
        if (when === 'before') throw new RangeError('as planned')
      }
      await assert.rejects(bank.bus.send(deposit(5), once), RangeError)
      gate.onCommit = () => {}
      assert.equal((await bank.bus.send(deposit(5), once)).repeated, false)
      await bank.check({ ada: 5 }, 1)
    },

    '[5] a lost reply is answered by what was stored': async ({ open }) => {
      const store = await open()
      const { store: unreliable, gate } = gated(store)
      const bank = new TestBank(unreliable)
      let commits = 0
      gate.onCommit = (when) => {
        if (when === 'after' && commits++ === 0) throw new StoreUnavailableError('unknown', 'as planned')
      }
      assert.equal((await bank.bus.send(deposit(5), once)).version, 1)
      await bank.check({ ada: 5 }, 1)
    },

    '[5] a command that was refused leaves no key, unless the refusal is to be kept': async ({ open }) => {
      const bank = new TestBank(await open())
      const withdraw = { command: 'account.withdraw', to: 'ada', input: { cents: 5 } } as const
      await rejectsWith(bank.bus.send(withdraw, once), 'insufficient-funds')
      await rejectsWith(
        bank.bus.send(withdraw, { idempotencyKey: 'kept', keepRefusal: true }),
        'insufficient-funds',
      )
      await bank.deposit('ada', 9)
      await rejectsWith(bank.bus.send(withdraw, { idempotencyKey: 'kept' }), 'insufficient-funds')
      assert.equal((await bank.bus.send(withdraw, once)).version, 2)
      await bank.check({ ada: 4 }, 2)
    },

    '[5] of two instances one calls a service, and the other waits for its result': async ({
      openTwo,
      waitUntil,
    }) => {
      const [store, other] = await openTwo()
      const { promise, resolve } = Promise.withResolvers<{ by: string }>()
      let calls = 0
      const first = mailer(store, () => {
        calls++
        return promise
      })()
      await waitUntil(() => calls === 1, 'the call')
      const second = mailer(other, async () => {
        calls++
        return { by: 'second' }
      })()
      resolve({ by: 'first' })
      assert.deepEqual((await first).value, { by: 'first' })
      assert.deepEqual((await second).value, { by: 'first' })
      assert.equal(calls, 1)
    },

    '[5] a service that died with its process is called again when its time is up': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      const { store: dying, gate } = gated(store)
      let isCalled = false
      const dead = mailer(
        dying,
        () => {
          isCalled = true
          return new Promise(() => {})
        },
        40,
      )
      dead().catch(() => {})
      await waitUntil(() => isCalled, 'the call')
      gate.cut()
      const { value, repeated } = await mailer(store, async () => ({ by: 'heir' }), 40)()
      assert.deepEqual([value, repeated], [{ by: 'heir' }, false])
    },

    '[5] whoever comes back after it was taken over stores nothing': async ({ open, waitUntil }) => {
      const store = await open()
      const { promise, resolve } = Promise.withResolvers<{ by: string }>()
      let isCalled = false
      const zombie = mailer(
        store,
        () => {
          isCalled = true
          return promise
        },
        40,
      )()
      await waitUntil(() => isCalled, 'the call')
      assert.deepEqual((await mailer(store, async () => ({ by: 'heir' }), 40)()).value, { by: 'heir' })
      resolve({ by: 'zombie' })
      assert.deepEqual((await zombie).value, { by: 'heir' })
    },
  },
}
