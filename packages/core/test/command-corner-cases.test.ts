import { commandBus, defineService, DocumentConflictError, DomainError, defineAggregate, repository, service, StoreUnavailableError, typeOf } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { Turns } from '../src/command/turns.ts'

const Order = defineAggregate('order', {
  initialState: { paid: false },
  events: { Paid: typeOf<{ n: number }>() },
  evolve: { Paid: () => ({ paid: true }) },
  commands: { pay: typeOf<{ n: unknown }>() },
  decide: { pay: (state) => { if (state.paid) throw new DomainError('already-paid'); return [{ type: 'Paid', data: { n: 1 } }] } },
})
const S = defineService('svc', { commands: { go: typeOf<unknown>() }, results: { go: typeOf<unknown>() } })
const T = defineService('tst', { commands: { go: typeOf<unknown>() } })
const late = (ms: number) => new Promise((r) => setTimeout(() => r('STUCK'), ms))

test('two buses, refusing on repeat', async () => {
  const store = openMemory()
  const buses = Array.from({ length: 4 }, () => commandBus(store, { aggregates: [repository(Order, store)] }))
  const rs = await Promise.allSettled(buses.map((b) => b.send({ command: 'order.pay', to: '1', input: { n: 1 } }, { idempotencyKey: 'k' })))
  expect(rs.map((r) => r.status)).toEqual(Array(4).fill('fulfilled'))
})
test('two buses, expected version', async () => {
  const store = openMemory()
  const buses = Array.from({ length: 4 }, () => commandBus(store, { aggregates: [repository(Order, store)] }))
  const rs = await Promise.allSettled(buses.map((b) => b.send({ command: 'order.pay', to: '1', input: { n: 1 } }, { idempotencyKey: 'k', expected: 'no-stream' })))
  expect(rs.map((r) => r.status)).toEqual(Array(4).fill('fulfilled'))
})
test('turns: abort of the last', async () => {
  const turns = new Turns()
  const log: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const slow = turns.take('a', async () => { await promise; log.push('slow') }, undefined)
  await turns.take('a', async () => {}, AbortSignal.abort(new Error('x'))).catch(() => {})
  const last = turns.take('a', async () => { log.push('last') }, undefined)
  await late(5)
  resolve(); await slow; await last
  expect(log).toEqual(['slow', 'last'])
})
test('handler throwing document-conflict', async () => {
  const store = openMemory()
  let n = 0
  const bus = commandBus(store, { services: [service(S, { go: () => { if (n++ > 20) throw new Error('ran again and again'); throw new DocumentConflictError('mine', 'x') } })] })
  await expect(bus.send({ command: 'svc.go', input: 1 }, { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'document-conflict' })
})
test('bigint and map', async () => {
  const store = openMemory()
  const bus = commandBus(store, { services: [service(S, { go: () => 1 })] })
  await expect(bus.send({ command: 'svc.go', input: 1n }, { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'not-json' })
})
test('map', async () => {
  const store = openMemory()
  const bus = commandBus(store, { services: [service(S, { go: () => 1 })] })
  await bus.send({ command: 'svc.go', input: new Map([[1, 1]]) }, { idempotencyKey: 'k' }).catch(() => {})
  await expect(bus.send({ command: 'svc.go', input: new Map([[1, 2]]) }, { idempotencyKey: 'k' })).rejects.toThrow()
})
test('result that is no json', async () => {
  const store = openMemory()
  let n = 0
  const bus = commandBus(store, { services: [service(S, { go: () => { n++; return n === 1 ? new Date() : 1 } })] })
  await bus.send({ command: 'svc.go', input: 1 }, { idempotencyKey: 'k' }).catch((e) => console.log(e.code))
  expect(await Promise.race([bus.send({ command: 'svc.go', input: 1 }, { idempotencyKey: 'k' }), late(300)])).toMatchObject({ value: 1 })
})
test('abba', async () => {
  const store = openMemory()
  const bus = commandBus(store, { services: [
    service(S, { go: async (i, { send }) => { await late(5); if (i) await send({ command: 'tst.go', to: 'x', input: 0 }) } }),
    service(T, { go: async (i, { send }) => { await late(5); if (i) await send({ command: 'svc.go', to: 'x', input: 0 }) } })] })
  const both = Promise.all([bus.send({ command: 'svc.go', to: 'x', input: 1 }), bus.send({ command: 'tst.go', to: 'x', input: 1 })])
  expect(await Promise.race([both, late(300)])).not.toBe('STUCK')
})
test('hung handler with to is taken over in the same process', async () => {
  const store = openMemory()
  let n = 0
  const bus = commandBus(store, { idempotency: { takeOverAfter: 30 }, services: [service(S, { go: () => (n++ === 0 ? new Promise(() => {}) : 1) })] })
  void bus.send({ command: 'svc.go', to: 'x', input: 1 }, { idempotencyKey: 'k' })
  expect(await Promise.race([bus.send({ command: 'svc.go', to: 'x', input: 1 }, { idempotencyKey: 'k' }), late(500)])).not.toBe('STUCK')
})
test('aborted before', async () => {
  const store = openMemory()
  let n = 0
  const bus = commandBus(store, { services: [service(S, { go: () => { n++; return 1 } })] })
  await bus.send({ command: 'svc.go', input: 1 }, { signal: AbortSignal.abort(new Error('a')) }).catch(() => {})
  expect(n).toBe(0)
})
test('unknown stays unknown', async () => {
  const store = openMemory()
  const bus = commandBus(store, { aggregates: [repository(Order, store)] })
  const { transaction } = store.adapter
  const docs = store.adapter.documents as { read: unknown }
  store.adapter.transaction = async (work, options) => {
    await transaction.call(store.adapter, work as never, options)
    docs.read = async () => { throw new StoreUnavailableError('not-stored', 'down') }
    throw new StoreUnavailableError('unknown', 'lost')
  }
  await expect(bus.send({ command: 'order.pay', to: '1', input: { n: 1 } }, { idempotencyKey: 'k' })).rejects.toMatchObject({ outcome: 'unknown' })
})
test('bad to is a refusal', async () => {
  const store = openMemory()
  const bus = commandBus(store, { aggregates: [repository(Order, store)] })
  await expect(bus.send({ command: 'order.pay', to: '', input: { n: 1 } })).rejects.toMatchObject({ code: 'invalid-command' })
})
test('repeat is not behind the queue', async () => {
  const store = openMemory()
  const { promise, resolve } = Promise.withResolvers<void>()
  const bus = commandBus(store, { services: [service(S, { go: async (i) => { if (i === 'slow') await promise } })] })
  await bus.send({ command: 'svc.go', to: 'x', input: 1 }, { idempotencyKey: 'k' })
  const slow = bus.send({ command: 'svc.go', to: 'x', input: 'slow' })
  const r = await Promise.race([bus.send({ command: 'svc.go', to: 'x', input: 1 }, { idempotencyKey: 'k' }), late(100)])
  resolve(); await slow
  expect(r).not.toBe('STUCK')
})
test('dead claim keeps its request', async () => {
  const store = openMemory()
  let n = 0
  const bus = commandBus(store, { idempotency: { takeOverAfter: 10 }, services: [service(S, { go: () => (n++ === 0 ? new Promise(() => {}) : 1) })] })
  void bus.send({ command: 'svc.go', input: 1 }, { idempotencyKey: 'k' })
  await late(30)
  await expect(bus.send({ command: 'svc.go', input: 2 }, { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'idempotency-conflict' })
})
test('equal results', async () => {
  const store = openMemory()
  const bus = commandBus(store, { aggregates: [repository(Order, store)] })
  const send = () => bus.send({ command: 'order.pay', to: '1', input: { n: 1 } }, { idempotencyKey: 'k' })
  const first = await send(), second = await send()
  expect({ ...second, repeated: false }).toEqual(first)
})
