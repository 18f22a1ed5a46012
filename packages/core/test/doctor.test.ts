import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  Consumer,
  commandBus,
  DomainError,
  defineAggregate,
  defineService,
  defineStepSaga,
  doctor,
  type EventStore,
  saga,
  service,
} from '../src/index.ts'
import { Timers } from '../src/schedule/timers.ts'
import { documentsOf } from './consumer-fixtures.ts'

const deposited = { type: 'MoneyDeposited', data: { cents: 5 } }

async function findings(store: EventStore, patience = 60_000) {
  return (await doctor(store, { patience })).filter(({ code }) => code !== 'log')
}

/** A consumer that has processed what there is, and has stopped. */
async function processed(store: EventStore, handle: () => void, onFailure: 'park' | 'stop' = 'stop') {
  const consumer = new Consumer(store, 'mailer', { handle }, { onFailure, retry: { attempts: 1 } })
  await consumer.start()
  await consumer.waitFor(await store.head()).catch(() => {})
  return consumer
}

describe('the doctor', () => {
  test('finds nothing to complain of in a healthy store, and says where its log ends', async () => {
    const store = openMemory() as EventStore
    await store.append('account-1', [deposited, deposited])
    const consumer = await processed(store, () => {})
    // A live consumer stores its checkpoint a moment later.
    expect(await doctor(store, { patience: 5_000 })).toEqual([
      {
        code: 'log',
        severity: 'info',
        message: 'The log of this memory store has come to position 2.',
        advice: 'It ends with the process: use it for tests.',
        details: { position: 2, adapter: 'memory', durable: false },
      },
    ])
    await consumer.stop()
  })

  test('finds a consumer that nobody runs, and how far behind it is', async () => {
    const store = openMemory({ clock: () => new Date(Date.now() - 90_000) }) as EventStore
    await store.append('account-1', [deposited])
    await (await processed(store, () => {})).stop()
    expect(await findings(store)).toMatchObject([{ code: 'consumer-idle', details: { positions: 0 } }])
    await store.append('account-1', [deposited, deposited])
    expect(await findings(store)).toMatchObject([
      { code: 'consumer-idle', severity: 'warning', details: { consumer: 'mailer', positions: 2 } },
      { code: 'consumer-behind', severity: 'warning', details: { consumer: 'mailer', positions: 2 } },
    ])
    expect(await findings(store, 120_000)).toMatchObject([{ code: 'consumer-idle' }])
  })

  test('finds a consumer that has failed, with its error and its event', async () => {
    const store = openMemory() as EventStore
    await store.append('account-1', [deposited])
    const consumer = await processed(store, () => {
      throw new TypeError('no address')
    })
    await expect
      .poll(async () => (await findings(store))[0])
      .toMatchObject({
        code: 'consumer-failed',
        severity: 'error',
        message: 'Consumer mailer has stopped: TypeError: no address',
        details: { consumer: 'mailer', partition: 0, event: 1 },
      })
    await consumer.stop()
  })

  test('finds parked events, and a consumer that is paused', async () => {
    const store = openMemory() as EventStore
    await store.append('account-1', [deposited, deposited])
    const refuse = () => {
      throw new Error('no')
    }
    const consumer = await processed(store, refuse, 'park')
    expect(await findings(store)).toMatchObject([{ code: 'events-parked', details: { parked: 2 } }])
    await consumer.pause()
    await consumer.stop()
    expect(await findings(store)).toMatchObject([{ code: 'consumer-paused' }, { code: 'events-parked' }])
  })

  test('finds a checkpoint of another history', async () => {
    const store = openMemory() as EventStore
    await store.append('account-1', [deposited, deposited])
    await (await processed(store, () => {})).stop()
    const other = openMemory() as EventStore
    await other.append('account-1', [deposited, deposited])
    const listed = await store.adapter.transfer?.listDocuments(undefined, 100)
    await documentsOf(other).write(listed ?? [])
    expect(await findings(other)).toMatchObject([
      { code: 'history-diverged', severity: 'error', details: { consumer: 'mailer', position: 2 } },
      { code: 'consumer-idle' },
    ])
  })

  test('finds timers that nobody fires', async () => {
    const store = openMemory() as EventStore
    const timers = new Timers(store, 'reminders')
    const event = { type: 'Reminded', data: {}, id: store.newId() }
    const due = Date.now() - 90_000
    await timers.set({ id: 'late', due, stream: 'reminder-1', event })
    await timers.set({ id: 'soon', due: Date.now() + 90_000, stream: 'reminder-1', event })
    expect(await findings(store)).toMatchObject([
      {
        code: 'timers-overdue',
        severity: 'warning',
        details: { owner: 'reminders', count: 1, oldest: new Date(due).toISOString() },
      },
    ])
    expect(await findings(store, 120_000)).toEqual([])
  })

  test('finds sagas that are stuck, by their keys', async () => {
    const Order = defineAggregate('order', {
      initialState: {},
      events: { Placed: z.object({}) },
      evolve: { Placed: (state) => state },
    })
    const Bank = defineService('bank', { commands: { take: z.object({}), give: z.object({}) } })
    const Payment = defineStepSaga('payment', {
      of: [Order],
      sends: [Bank],
      startedBy: ['Placed'],
      data: () => ({}),
      steps: [
        {
          name: 'take',
          action: () => ({ command: 'bank.take', to: '1', input: {} }),
          compensation: () => ({ command: 'bank.give', to: '1', input: {} }),
        },
        { name: 'give', action: () => ({ command: 'bank.give', to: '1', input: {} }) },
      ],
    })
    const give = () => {
      throw new DomainError('closed')
    }
    const store = openMemory() as EventStore
    const bus = commandBus(store, { services: [service(Bank, { take: () => {}, give })] })
    const payments = saga(Payment, store, { bus, pollInterval: 20 })
    await payments.start()
    await store.append('order-7', [{ type: 'Placed', data: {} }])
    await expect
      .poll(() => findings(store))
      .toMatchObject([
        { code: 'saga-stuck', severity: 'warning', details: { saga: 'payment', count: 1, keys: ['7'] } },
      ])
    await payments.stop()
  })

  test('puts errors first, hands its options to the adapter, and refuses what is no time', async () => {
    const store = openMemory() as EventStore
    const seen: unknown[] = []
    const finding = { message: '', advice: '', details: {} }
    store.adapter.inspect = async (inspection) => {
      seen.push(inspection)
      return [
        { code: 'b', severity: 'warning', ...finding },
        { code: 'a', severity: 'error', ...finding },
      ]
    }
    const found = await doctor(store, { thorough: true })
    expect(found.map(({ code }) => code)).toEqual(['a', 'b', 'log'])
    expect(seen).toEqual([{ patience: 60_000, thorough: true }])
    await expect(doctor(store, { patience: -1 })).rejects.toMatchObject({ code: 'invalid-option' })
  })
})
