import assert from 'node:assert/strict'
import {
  Consumer,
  type Delivery,
  documentKeys,
  type EventStore,
  forgetSubject,
  type KeyStore,
  outbox,
  personalEvents,
  readModel,
  rotateKey,
} from '@eventfold/core'
import { calm } from '../consumer-settings.ts'
import { ada, bob, customersIn, directory, forgotten, guarded, mails, registered } from '../customers.ts'
import { documentsOf } from '../document-collection.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

/** Whether anything that is stored has the text in it. */
async function isStored(
  store: { readonly adapter: Parameters<typeof documentKeys>[0]['adapter'] },
  text: string,
): Promise<boolean> {
  const { adapter } = store
  const all = { after: 0, before: Number.MAX_SAFE_INTEGER, backwards: false, limit: 1_000, filter: {} }
  const { events } = await adapter.readLog(all)
  const documents = (await adapter.transfer?.listDocuments(undefined, 1_000)) ?? []
  return JSON.stringify([events, documents]).includes(text)
}

function keysIn(store: EventStore): KeyStore {
  documentsOf(store)
  return documentKeys(store)
}

export const privacy: Topic = {
  name: 'privacy',
  cases: {
    '[6] what is personal is read as it was written, and stored under a key': async ({ open }) => {
      const raw = await open()
      const store = guarded(raw)
      await store.append('customer-1', [{ ...registered(ada), tags: ['new'] }])
      const [event] = await store.readStream('customer-1')
      assert.deepEqual([event?.data, event?.tags], [ada, ['new']])
      const [logged] = (await store.readLog({ tags: ['new'] })).events
      assert.deepEqual(logged, event)
      assert.equal(await isStored(raw, 'Lovelace'), false)
      assert.equal(await isStored(raw, 'ada@'), false)
      assert.equal(await isStored(raw, 'gold'), true)
      assert.deepEqual((await customersIn(store).load('1')).state, {
        name: ada.name,
        email: ada.email,
        orders: 0,
      })
    },

    '[9] a reader that is live gets what is personal as it was written, too': async ({ open, patience }) => {
      const store = guarded(await open())
      const seen: unknown[] = []
      const handle = ({ event }: Delivery) => void seen.push(event.data)
      const consumer = new Consumer(store, 'mailer', { handle }, calm)
      await consumer.start()
      for (const data of [ada, bob]) {
        const { position } = await store.append('customer-1', [registered(data)])
        await consumer.waitFor(position, { timeout: patience })
      }
      await consumer.stop()
      assert.deepEqual(seen, [ada, bob])
    },

    '[5] a repetition of an append with something personal gives the first result': async ({ open }) => {
      const store = guarded(await open())
      const event = { ...registered(ada), id: '0190163d-8694-739b-aea5-966c26f8ad91' }
      const first = await store.append('customer-1', [event])
      const again = await store.append('customer-1', [event])
      assert.deepEqual({ ...again, duplicate: false }, first)
      const other = { ...registered({ ...ada, email: 'other@example.com' }), id: event.id }
      await rejectsWith(store.append('customer-1', [other]), 'event-id-conflict')
    },

    '[6] after a person is forgotten every reader gets placeholders, and others stay as they are': async ({
      open,
      patience,
    }) => {
      const raw = await open()
      const keys = keysIn(await open())
      const store = guarded(raw, { privacy: { of: [], keys } })
      const other = guarded(raw, { privacy: { of: [], keys } })
      const customers = customersIn(store, { every: 1 }, 10)
      const elsewhere = customersIn(other, { every: 1 }, 10)
      const model = readModel(directory, store, { mode: 'async', ...calm })
      await using _running = { [Symbol.asyncDispose]: () => model.stop() }
      await model.start()
      await store.append('customer-1', [registered(ada)])
      await store.append('customer-2', [registered(bob)])
      await store.append('customer-1', [{ type: 'CustomerOrdered', data: { sku: 'lamp' } }])
      const sent: unknown[] = []
      const box = outbox(mails, store, { publish: async ({ data }) => void sent.push(data), ...calm })
      await box.put('1', [{ type: 'Welcome', data: { customer: '1', to: ada.email } }])
      await model.waitFor(await store.head(), { timeout: patience })
      for (const repository of [customers, elsewhere]) {
        assert.equal((await repository.load('1')).state.name, ada.name)
        await repository.snapshots?.settled()
      }
      assert.equal((await model.get('1'))?.name, ada.name)
      assert.equal(await isStored(raw, 'Lovelace'), true)
      const known: unknown[] = []
      for await (const { type, data } of personalEvents(store, '1')) known.push([type, data])
      assert.deepEqual(known, [
        ['CustomerRegistered', { name: ada.name, email: ada.email }],
        ['Welcome', { to: ada.email }],
      ])

      const report = await forgetSubject(store, '1', { readModels: [model] })
      assert.deepEqual(
        [report.events, report.values, report.readModels, report.found],
        [2, 2, ['directory'], []],
      )
      assert.ok(report.snapshots >= 1)
      for (const text of ['Lovelace', 'ada@example.com']) assert.equal(await isStored(raw, text), false)

      const [event] = await other.readStream('customer-1')
      assert.deepEqual(event?.data, forgotten)
      for (const repository of [customers, elsewhere]) {
        const { state, version } = await repository.load('1')
        assert.deepEqual(
          [state, version],
          [{ name: 'forgotten', email: 'forgotten@example.org', orders: 1 }, 2],
        )
        await repository.snapshots?.settled()
        assert.equal((await repository.load('1')).state.name, 'forgotten')
        assert.equal((await repository.load('2')).state.name, bob.name)
      }
      await model.waitFor(await store.head(), { timeout: patience })
      assert.deepEqual(await model.get('1'), { name: 'forgotten', email: 'forgotten@example.org', orders: 1 })
      assert.equal((await model.get('2'))?.email, bob.email)
      assert.equal(await model.count({ name: ada.name }), 0)
      await box.start()
      await box.waitFor(await store.head(), { timeout: patience })
      await box.stop()
      assert.deepEqual(sent, [{ customer: '1', to: 'nobody@example.org' }])
      for (const text of ['Lovelace', 'ada@example.com']) assert.equal(await isStored(raw, text), false)
      assert.equal((await customers.execute('1', 'order', { sku: 'bulb' })).state.orders, 2)
    },

    '[6] nothing personal is stored about somebody who is forgotten': async ({ open }) => {
      const store = guarded(await open())
      await store.append('customer-1', [registered(ada)])
      const first = await forgetSubject(store, '1')
      await rejectsWith(store.append('customer-1', [registered(ada)]), 'subject-forgotten')
      await store.append('customer-1', [{ type: 'CustomerOrdered', data: { sku: 'lamp' } }])
      const again = await forgetSubject(store, '1')
      assert.deepEqual([again.events, again.forgottenAt], [1, first.forgottenAt])
      assert.deepEqual([again.values, again.found], [0, undefined])
      assert.equal((await store.streamInfo('customer-1'))?.version, 2)
    },

    '[6] what remains of somebody is found and named': async ({ open }) => {
      const store = guarded(await open())
      await store.append('customer-1', [registered(ada)])
      await store.append('note-1', [{ type: 'Noted', data: { text: `Call ${ada.name} "now"` } }])
      await documentsOf(store).write([
        { collection: 'mine', key: 'a', data: JSON.stringify({ to: ada.email }) },
      ])
      const { found } = await forgetSubject(store, '1')
      assert.deepEqual(found, [
        { value: 'CustomerRegistered.name', place: 'event', stream: 'note-1', version: 1 },
        { value: 'CustomerRegistered.email', place: 'document', collection: 'mine', key: 'a' },
      ])
      assert.equal(JSON.stringify(found).includes('Lovelace'), false)
    },

    '[6] after a rotation of keys everything can be read, and forgetting takes all of them': async ({
      open,
    }) => {
      const raw = await open()
      const store = guarded(raw)
      await store.append('customer-1', [registered(ada)])
      await rotateKey(store, '1')
      await store.append('customer-1', [registered({ ...ada, name: 'Ada King' })])
      const names = async () =>
        (await store.readStream('customer-1')).map(({ data }) => (data as { readonly name: string }).name)
      assert.deepEqual(await names(), ['Ada Lovelace', 'Ada King'])
      assert.equal(await isStored(raw, String.raw`\"key\":2`), true)
      await forgetSubject(store, '1')
      assert.deepEqual(await names(), ['forgotten', 'forgotten'])
    },

    '[11] a sealed text that was changed, or moved, fails its event alone': async ({ open }) => {
      const raw = await open()
      const store = guarded(raw)
      await store.append('customer-1', [registered(ada)])
      await store.append('customer-2', [registered(bob)])
      const rows = await raw.adapter.readStream({
        stream: 'customer-2',
        from: 1,
        to: 1,
        backwards: false,
        limit: 1,
      })
      const data = JSON.parse(rows[0]?.data ?? '{}') as Record<string, Record<string, { text: string }>>
      const sealed = data['name']?.['eventfold:personal'] ?? { text: '' }
      const spoilt = sealed.text.startsWith('A') ? `B${sealed.text.slice(1)}` : `A${sealed.text.slice(1)}`
      await raw.append('customer-3', [
        registered(JSON.parse(JSON.stringify(data).replace(sealed.text, spoilt))),
      ])
      await raw.append('customer-4', [registered(data as never)])
      for (const id of ['customer-3', 'customer-4'])
        await rejectsWith(store.readStream(id), 'unreadable-event')
      assert.equal((await store.readStream('customer-2')).length, 1)
    },

    '[6] keys are added by one of many at once, and stay gone': async ({ open }) => {
      const keys = keysIn(await open())
      const added = await Promise.all([1, 2, 3, 4, 5].map((n) => keys.add('x', 1, `key ${n}`)))
      assert.equal(new Set(added.map((known) => known.keys?.[0])).size, 1)
      assert.deepEqual(await keys.read(['x', 'y']), [added[0], undefined])
      const at = new Date('2026-01-01')
      await keys.forget('x', at)
      await keys.forget('x', new Date('2027-01-01'))
      assert.deepEqual(await keys.add('x', 2, 'late'), { forgottenAt: at })
      assert.deepEqual(await keys.read(['x']), [{ forgottenAt: at }])
    },
  },
}
