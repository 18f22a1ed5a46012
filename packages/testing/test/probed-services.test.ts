import { expect, test } from 'vitest'
import { Probe } from '../src/checks/probe.ts'
import { probedServices } from '../src/checks/probed-services.ts'

class Counter {
  #total = 0
  name = 'counter'
  readonly inner = { double: () => this.#total * 2 }

  add(by: number): number {
    this.#total += by
    return this.#total
  }

  async later(): Promise<number> {
    return this.#total
  }
}

function probed<Services>(services: Services) {
  const probe = new Probe(new Set())
  return { services: probedServices(services, probe), calls: () => probe.calls.map(({ call }) => call) }
}

test('every call of a function is seen, and made on the service itself', async () => {
  const { services, calls } = probed({ counter: new Counter(), 'two words': () => 2 })
  expect(services.counter.add(2)).toBe(2)
  expect(services.counter.inner.double()).toBe(4)
  expect(await services.counter.later()).toBe(2)
  expect(services['two words']()).toBe(2)
  expect(services.counter).toBeInstanceOf(Counter)
  expect(calls()).toEqual([
    'services.counter.add',
    'services.counter.inner.double',
    'services.counter.later',
    'services.two_words',
  ])
})

test('an assignment is seen, and reading is not', () => {
  const counter = new Counter()
  const { services, calls } = probed({ counter })
  services.counter.name = 'other'
  expect([services.counter.name, counter.name]).toEqual(['other', 'other'])
  expect(calls()).toEqual(['services.counter.name='])
})

test('a service may be a function, a collection, or frozen', () => {
  const double = probed((n: number) => n * 2)
  expect(double.services(4)).toBe(8)
  expect(double.calls()).toEqual(['services'])
  const collections = probed({ list: [] as number[], map: new Map<string, number>() })
  collections.services.list.push(1)
  collections.services.map.set('a', 1)
  expect([[...collections.services.list], collections.services.map.get('a')]).toEqual([[1], 1])
  const frozen = probed(Object.freeze({ send: () => 'sent', deep: Object.freeze({ send: () => 'deep' }) }))
  expect([frozen.services.send(), frozen.services.deep.send()]).toEqual(['sent', 'deep'])
  expect(frozen.calls()).toEqual(['services.send', 'services.deep.send'])
})

test('after a crash nothing comes through', async () => {
  const counter = new Counter()
  const asynchronous = new Set<string>()
  await probedServices(counter, new Probe(asynchronous)).later()
  const probe = new Probe(asynchronous, { fault: 'crash', when: 'after', call: 'services.add', nth: 2 })
  const services = probedServices(counter, probe)
  services.add(1)
  expect(() => services.add(1)).toThrow('closed')
  expect(() => services.add(1)).toThrow('closed')
  expect(() => {
    services.name = 'other'
  }).toThrow('closed')
  await expect(services.later()).rejects.toThrow('closed')
  expect([counter.add(0), counter.name]).toEqual([2, 'counter'])
})

test('what is known to be asynchronous fails as such', async () => {
  const asynchronous = new Set<string>()
  const service = { send: async () => 'sent' }
  await probedServices(service, new Probe(asynchronous)).send()
  const probe = new Probe(asynchronous, { fault: 'fail', when: 'before', call: 'services.send', nth: 1 })
  const services = probedServices(service, probe)
  expect(await services.send().catch(() => 'caught')).toBe('caught')
  expect(await services.send()).toBe('sent')
})
