import assert from 'node:assert/strict'
import { EventStore, type LogBreak, notariseLog, truncateStream, verifyLog } from '@eventfold/core'
import type { StoredEvent } from '@eventfold/core/adapter'
import { documentsOf } from '../document-collection.ts'
import { deposited, deposits, range } from '../facts.ts'
import { maintenanceOf, used } from '../meter.ts'
import type { Topic } from '../topic.ts'
import { readDuring } from '../wait-until.ts'

const key = 'a key of the contract'
const small = { key, recordSize: 4 }

async function filled(store: EventStore): Promise<void> {
  documentsOf(store)
  for (const cents of range(1, 5)) {
    await store.append('account-1', [deposited(cents, { tags: ['a', 'b'], metadata: { actor: 'ada' } })])
    await store.append('account-2', [deposited(cents)])
  }
}

/** The same store, read by somebody who is deceived about its log. */
function deceived(store: EventStore, change: (events: readonly StoredEvent[]) => StoredEvent[]): EventStore {
  const adapter = new Proxy(store.adapter, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (property === 'readLog') {
        return async (query: Parameters<typeof target.readLog>[0]) => {
          const page = await target.readLog(query)
          return { ...page, events: change(page.events) }
        }
      }
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return new EventStore(adapter)
}

type Deception = readonly [
  what: string,
  change: (event: StoredEvent) => StoredEvent[],
  broken: Pick<LogBreak, 'kind' | 'position' | 'stream' | 'version'>,
]

const third = { position: 3, stream: 'account-1', version: 2 } as const

const becomes =
  (change: Partial<StoredEvent>) =>
  (event: StoredEvent): StoredEvent[] => [event.position === 3 ? { ...event, ...change } : event]

const deceptions: readonly Deception[] = [
  ['with other data', becomes({ data: '{"cents":3}' }), { kind: 'changed', ...third }],
  ['with other metadata', becomes({ metadata: '{"actor":"adb"}' }), { kind: 'changed', ...third }],
  ['with another tag', becomes({ tags: ['a', 'c'] }), { kind: 'changed', ...third }],
  ['with its tags in another order', becomes({ tags: ['b', 'a'] }), { kind: 'changed', ...third }],
  ['of another type', becomes({ type: 'MoneyDepositee' }), { kind: 'changed', ...third }],
  ['of another schema version', becomes({ schemaVersion: 2 }), { kind: 'changed', ...third }],
  ['of another time', becomes({ recordedAt: 1 }), { kind: 'changed', ...third }],
  ['with another id', becomes({ id: '019c0000-0000-7000-8000-000000000000' }), { kind: 'changed', ...third }],
  ['that is gone', (event) => (event.position === 3 ? [] : [event]), { kind: 'removed', ...third }],
  [
    'at the place of another one',
    (event) => [
      event.position === 3 || event.position === 4 ? { ...event, position: 7 - event.position } : event,
    ],
    { kind: 'reordered', position: 3, stream: 'account-2', version: 2 },
  ],
]

export const notary: Topic = {
  name: 'notary',
  cases: {
    '[8] a log that nobody has touched is found whole, and goes on to be while it grows': async ({
      open,
    }) => {
      const store = await open()
      await filled(store)
      assert.deepEqual(await verifyLog(store), {
        verified: 0,
        notarised: { position: 0, seal: '' },
        removals: [],
        broken: undefined,
      })
      const first = await notariseLog(store, small)
      assert.equal(first.position, await store.head())
      assert.deepEqual(await notariseLog(store, small), first)
      await store.append('account-1', deposits(6, 8))
      const before = await verifyLog(store, { key, known: first })
      assert.deepEqual(before, { verified: 10, notarised: first, removals: [], broken: undefined })
      const second = await notariseLog(store, small)
      assert.notEqual(second.seal, first.seal)
      assert.deepEqual(await verifyLog(store, { key, known: first }), {
        verified: 13,
        notarised: second,
        removals: [],
        broken: undefined,
      })
    },

    ...Object.fromEntries(
      deceptions.map(([what, change, expected]) => [
        `[8] an event ${what} is named by position, stream and version`,
        async ({ open }) => {
          const store = await open()
          await filled(store)
          await notariseLog(store, small)
          const log = await store.readLog()
          assert.deepEqual(log.events[2]?.position, 3, 'positions of a new store')
          const { broken, verified } = await verifyLog(
            deceived(store, (events) => events.flatMap(change).sort((a, b) => a.position - b.position)),
            { key },
          )
          assert.deepEqual({ ...broken, message: '' }, { ...expected, message: '' })
          assert.equal(verified, 2)
        },
      ]),
    ),

    '[8] an event that was slipped in is named': async ({ open }) => {
      const store = await open()
      await filled(store)
      const slippedIn = deceived(store, (events) => events.filter(({ position }) => position !== 5))
      await notariseLog(slippedIn, small)
      const { broken } = await verifyLog(store, { key })
      assert.deepEqual([broken?.kind, broken?.position, broken?.version], ['inserted', 5, 3])
    },

    '[8] events that maintenance has removed are told, and break nothing': async ({ open }) => {
      const store = await open()
      maintenanceOf(store)
      await filled(store)
      await store.append('meter-1', used(1, 5))
      const known = await notariseLog(store, small)
      await truncateStream(store, 'meter-1', { before: 4 })
      await truncateStream(store, 'account-1', { before: 2 })
      await store.append('meter-1', used(6, 6))
      await notariseLog(store, small)
      const { broken, verified, removals } = await verifyLog(store, { key, known })
      assert.equal(broken, undefined)
      assert.equal(verified, 12)
      assert.deepEqual(removals, [
        { stream: 'account-1', version: 1, events: 1 },
        { stream: 'meter-1', version: 3, events: 3 },
      ])
      const gone = deceived(store, (events) => {
        return events.filter(({ stream, version }) => stream !== 'meter-1' || version !== 4)
      })
      const found = await verifyLog(gone, { key })
      assert.deepEqual([found.broken?.kind, found.broken?.version], ['removed', 4])
    },

    '[8] records that were changed, taken back or made with another key are not believed': async ({
      open,
    }) => {
      const store = await open()
      await filled(store)
      const documents = documentsOf(store)
      const known = await notariseLog(store, small)
      const kindOf = async (options: Parameters<typeof verifyLog>[1]) =>
        (await verifyLog(store, options)).broken?.kind
      assert.equal(await kindOf({ key: 'another key' }), 'records')
      assert.equal(await kindOf({}), 'records')
      assert.equal(await kindOf({ key, known: { ...known, seal: 'another' } }), 'records')
      assert.equal(await kindOf({ key, known }), undefined)
      const query = {
        collection: 'eventfold:notary',
        where: [],
        backwards: false,
        limit: 100,
        after: undefined,
      }
      const found = await documents.find(query)
      assert.equal(found.length, 3)
      for (const { key: record, data } of found) {
        const reference = { collection: 'eventfold:notary', key: record, fields: [] }
        await documents.write([{ ...reference, data: data.replace(/"account-1",(\d)/, '"account-3",$1') }])
        assert.equal(await kindOf({ key }), 'records')
        await documents.write([{ ...reference, data: undefined }])
        assert.equal(await kindOf({ key }), 'records')
        await documents.write([{ ...reference, data }])
      }
      for (const collection of ['eventfold:notary', 'eventfold:notaries']) await documents.clear(collection)
      assert.equal(await kindOf({ key }), undefined)
      assert.equal(await kindOf({ key, known }), 'records')
    },

    '[8] several notaries at once, during appends, write down every event once': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const appends = (async () => {
        for (const cents of range(1, 15)) {
          await Promise.all(
            range(1, 4).map((number) => store.append(`account-${number}`, [deposited(cents)])),
          )
        }
      })()
      await readDuring(appends, async () => {
        await Promise.all([notariseLog(store, { key, recordSize: 1 }), notariseLog(store, small)])
      })
      await notariseLog(store, small)
      const { broken, verified } = await verifyLog(store, { key })
      assert.deepEqual([broken, verified], [undefined, 60])
    },

    '[4] nothing comes in behind a notary': async ({ open, begin }) => {
      const store = await open()
      documentsOf(store)
      await store.append('account-1', [deposited(1)])
      for (const round of range(1, 3)) {
        const { transaction, commit } = await begin(store)
        await store.append('account-2', [deposited(round)], { transaction })
        const other = store.append('account-3', [deposited(round)])
        // A storage with one writer lets the other append wait.
        await Promise.race([other, new Promise((resolve) => setTimeout(resolve, 30))])
        // Where the append waits, the notary may have to wait as well.
        const during = notariseLog(store, small)
        await Promise.race([during, new Promise((resolve) => setTimeout(resolve, 30))])
        await commit()
        await Promise.all([other, during])
        await notariseLog(store, small)
        assert.equal((await verifyLog(store, { key })).broken, undefined)
      }
      assert.equal((await verifyLog(store, { key })).verified, 7)
    },
  },
}
