import assert from 'node:assert/strict'
import { type EventStore, exportLog, importLog, type ReadLogOptions } from '@eventfold/core'
import type { ListedDocument, StoredEvent } from '@eventfold/core/adapter'
import { DocumentCollection } from '../document-collection.ts'
import { deposited, deposits, range } from '../facts.ts'
import { bare, idOf, imported, importedEvents, transferOf } from '../imported-events.ts'
import { checkLog, placesOf, readLogByPages } from '../read-all.ts'
import { checkError, rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause, readDuring } from '../wait-until.ts'

const everything = { after: 0, before: Number.MAX_SAFE_INTEGER, backwards: false, limit: 1_000, filter: {} }

/** As the adapter gives them, page by page. */
async function stored(store: EventStore): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  let after = 0
  while (true) {
    const page = await store.adapter.readLog({ ...everything, after })
    events.push(...page.events)
    if (page.end) return bare(events)
    after = page.next
  }
}

async function positions(store: EventStore, options: ReadLogOptions): Promise<number[]> {
  return (await readLogByPages(store, options)).map(({ position }) => position)
}

async function linesOf(store: EventStore, documents: boolean): Promise<string[]> {
  const lines: string[] = []
  for await (const line of exportLog(store, { documents })) lines.push(line)
  return lines
}

/** Events of one stream, at positions that follow one another. */
const following = (first: number, last: number): StoredEvent[] =>
  range(first, last).map((position) => imported(position, 'account-1', position))

export const transfer: Topic = {
  name: 'transfer',
  cases: {
    '[6] imported events are read as they were recorded, to the byte, with gaps between positions': async ({
      open,
    }) => {
      const store = await open()
      await transferOf(store).importEvents(importedEvents)
      assert.deepEqual(await stored(store), importedEvents)
      assert.equal(await store.head(), 70_000)
      const stream = await store.adapter.readStream({
        stream: 'account-1',
        from: 1,
        to: Number.MAX_SAFE_INTEGER,
        backwards: false,
        limit: 10,
      })
      assert.deepEqual(
        bare(stream),
        importedEvents.filter((event) => event.stream === 'account-1'),
      )
      assert.deepEqual(await store.streamInfo('account-1'), {
        stream: 'account-1',
        version: 3,
        firstVersion: 1,
        firstRecordedAt: new Date(1_234_567_890_123),
        lastRecordedAt: new Date(1),
        closed: false,
      })
    },

    '[6] imported events are found by position, stream, category, type and tags': async ({ open }) => {
      const store = await open()
      await transferOf(store).importEvents(importedEvents)
      assert.deepEqual(await positions(store, { limit: 1 }), [3, 4, 9, 10, 70_000])
      assert.deepEqual(await positions(store, { backwards: true, limit: 2 }), [70_000, 10, 9, 4, 3])
      assert.deepEqual(await positions(store, { after: 4, before: 70_000 }), [9, 10])
      assert.deepEqual(await positions(store, { after: 5, before: 9 }), [])
      assert.deepEqual(await positions(store, { tags: ['owner:a'] }), [4, 10])
      assert.deepEqual(await positions(store, { tags: ['owner:a', 'owner:b'] }), [4])
      assert.deepEqual(await positions(store, { stream: 'account-1', backwards: true }), [10, 9, 3])
      assert.deepEqual(await positions(store, { category: 'order' }), [70_000])
      assert.deepEqual(await positions(store, { types: ['MoneyDeposited'] }), [3, 4, 9, 10])
    },

    '[3] appends go on behind an import, in the log and in each stream': async ({ open }) => {
      const store = await open()
      await transferOf(store).importEvents(importedEvents)
      const next = await store.append('account-1', deposits(1, 2), { expected: 3 })
      assert.equal(next.version, 5)
      assert.ok(next.position > 70_000, `position ${next.position} is given again`)
      await rejectsWith(store.append('order-é', [deposited(1)], { expected: 'no-stream' }), 'concurrency', {
        stream: 'order-é',
        actual: 1,
      })
      await store.append('order-é', [deposited(1)], { expected: 'stream-exists' })
      await store.append('account-2', [deposited(1, { tags: ['owner:a'] })])
      await store.append('account-3', [deposited(1)], { expected: 'no-stream' })
      const log = await readLogByPages(store)
      checkLog(log)
      assert.equal(log.length, importedEvents.length + 5)
      assert.equal((await positions(store, { tags: ['owner:a'] })).length, 3)
    },

    '[3] an import goes on behind appends': async ({ open }) => {
      const store = await open()
      const { position } = await store.append('account-1', deposits(1, 2))
      const more = [imported(position + 5, 'account-2', 1), imported(position + 9, 'account-1', 3)]
      await transferOf(store).importEvents(more)
      const log = await readLogByPages(store)
      checkLog(log)
      assert.deepEqual(placesOf(log), ['account-1@1', 'account-1@2', 'account-2@1', 'account-1@3'])
      const { version } = await store.append('account-1', [deposited(3)])
      assert.equal(version, 4)
    },

    '[5] an append of an imported event is a repetition': async ({ open }) => {
      const store = await open()
      await transferOf(store).importEvents(importedEvents)
      const event = { type: 'MoneyDeposited', data: { cents: 3 }, id: idOf(3) }
      const again = await store.append('account-1', [event])
      assert.deepEqual({ version: again.version, position: again.position }, { version: 1, position: 3 })
      const other = store.append('account-9', [event])
      await rejectsWith(other, 'event-id-conflict', { eventId: idOf(3), stream: 'account-1' })
    },

    ...Object.fromEntries(
      (
        [
          ['a position that is passed', imported(70_000, 'account-2', 2, { id: idOf(1) })],
          ['a position twice', imported(70_001, 'account-2', 2, { id: idOf(1) })],
          ['a version too far', imported(70_002, 'account-2', 3)],
          ['a version that is stored', imported(70_002, 'account-2', 1)],
          ['an id that is stored', imported(70_002, 'account-2', 2, { id: idOf(3) })],
          ['an id twice', imported(70_002, 'account-2', 2, { id: idOf(70_001) })],
        ] as const
      ).map(([what, wrong]) => [
        `[1] an import with ${what} is refused, and stores nothing`,
        async ({ open }) => {
          const store = await open()
          const transfer = transferOf(store)
          await transfer.importEvents(importedEvents)
          const right = imported(70_001, 'account-1', 4, { tags: ['owner:a'] })
          await rejectsWith(transfer.importEvents([right, wrong]), 'import-conflict', {
            position: wrong.position,
          })
          assert.deepEqual(await stored(store), importedEvents)
          assert.equal((await store.streamInfo('account-1'))?.version, 3)
          assert.deepEqual(await positions(store, { tags: ['owner:a'] }), [4, 10])
          await transfer.importEvents([right])
          assert.deepEqual(await stored(store), [...importedEvents, right])
        },
      ]),
    ),

    '[1] readers see all events of an import, or none, and miss none': async ({ open }) => {
      const store = await open()
      const transfer = transferOf(store)
      const importing = async () => {
        for (const batch of range(0, 9)) {
          await transfer.importEvents(following(batch * 20 + 1, batch * 20 + 20))
        }
      }
      const seen: number[] = []
      const read = async () => {
        seen.push(...(await positions(store, { after: seen.at(-1) ?? 0 })))
        assert.equal(seen.length % 20, 0, `${seen.length} events are not whole imports of 20`)
      }
      await readDuring(importing(), read)
      await read()
      assert.deepEqual(seen, range(1, 200))
    },

    '[4] nothing appears behind a reader while imports and appends of two instances compete': async ({
      openTwo,
    }) => {
      const [store, other] = await openTwo()
      const transfer = transferOf(store)
      const importSome = async (round: number) => {
        const last = await store.head()
        const version = (await store.streamInfo('account-1'))?.version ?? 0
        const events = range(1, 5).map((place) =>
          imported(last + 10 * place, 'account-1', version + place, { id: idOf(round * 100 + place) }),
        )
        // An append may have been faster.
        await transfer.importEvents(events).catch((error: unknown) => checkError(error, 'import-conflict'))
      }
      const importing = async () => {
        for (const round of range(1, 12)) await importSome(round)
      }
      const appending = async () => {
        for (const cents of range(1, 40)) await other.append(`account-${1 + (cents % 2)}`, [deposited(cents)])
      }
      const seen: number[] = []
      const read = async () => {
        seen.push(...(await positions(other, { after: seen.at(-1) ?? 0 })))
      }
      await readDuring(Promise.all([importing(), appending()]), read)
      await read()
      const log = await readLogByPages(other)
      checkLog(log)
      assert.deepEqual(
        seen,
        log.map(({ position }) => position),
      )
      const appended = log.filter(({ id }) => !id.startsWith(idOf(0).slice(0, 20)))
      assert.equal(appended.length, 40)
      assert.equal((log.length - 40) % 5, 0, 'an import is there in part')
    },

    '[9] an import wakes the listeners': async ({ open, waitUntil }) => {
      const store = await open()
      const transfer = transferOf(store)
      let calls = 0
      const stop = await store.onAppend(() => {
        calls++
      })
      await pause(60)
      calls = 0
      await transfer.importEvents(importedEvents)
      await waitUntil(() => calls > 0, 'a wake-up')
      await stop()
    },

    '[7] imported events survive that the store is opened again': async ({ open, reopen }) => {
      const store = await open()
      await transferOf(store).importEvents(importedEvents)
      const again = await reopen(store)
      assert.deepEqual(await stored(again), importedEvents)
      assert.equal((await again.append('account-1', [deposited(1)])).version, 4)
      checkLog(await readLogByPages(again))
    },

    '[7] an import into a store that is closed is refused': async ({ open }) => {
      const store = await open()
      const transfer = transferOf(store)
      await store.close()
      await rejectsWith(transfer.importEvents(importedEvents), 'store-closed')
      await rejectsWith(transfer.listDocuments(undefined, 1), 'store-closed')
    },

    '[6] all documents are listed, in the order of collection and key, with their fields': async ({
      open,
    }) => {
      const store = await open()
      const transfer = transferOf(store)
      const names = ['a', 'Z', 'a ', 'é', '\u{ffff}', '\u{1f600}', 'a/b']
      for (const name of names) {
        const collection = new DocumentCollection(store, name)
        await collection.putAll(
          names.map((key) => ({ key, data: `${name} "${key}"`, fields: { b: key, a: name, é: '' } })),
        )
        await collection.put('a', 'plain', { fields: {} })
        await collection.put('none', 'gone')
        await collection.put('none', undefined)
      }
      const sorted = ['Z', 'a', 'a ', 'a/b', 'é', '\u{ffff}', '\u{1f600}']
      const expected = sorted.flatMap((collection) =>
        sorted.map((key): ListedDocument => {
          const fields = [
            { field: 'a', value: collection },
            { field: 'b', value: key },
            { field: 'é', value: '' },
          ]
          const data = `${collection} "${key}"`
          return key === 'a'
            ? { collection, key, data: 'plain', fields: [] }
            : { collection, key, data, fields }
        }),
      )
      for (const limit of [3, 7, 100]) {
        const listed: ListedDocument[] = []
        while (true) {
          const page = await transfer.listDocuments(listed.at(-1), limit)
          assert.ok(page.length <= limit && listed.length <= expected.length)
          listed.push(...page)
          if (page.length < limit) break
        }
        assert.deepEqual(
          listed.map(({ collection, key, data, fields }) => ({ collection, key, data, fields })),
          expected,
        )
      }
    },

    '[5] a whole export into the same store changes nothing': async ({ open }) => {
      const store = await open()
      await transferOf(store).importEvents(importedEvents)
      const accounts = new DocumentCollection(store)
      await accounts.put('a', 'é "b"', { fields: { cents: '100' } })
      await accounts.put('b', '')
      const lines = await linesOf(store, true)
      assert.equal(lines.length, importedEvents.length + 4)
      const report = await importLog(store, lines, { batchSize: 2 })
      assert.deepEqual(report, { events: 5, stored: 0, documents: 2, position: 70_000 })
      assert.deepEqual(await stored(store), importedEvents)
      assert.deepEqual(await linesOf(store, true), lines)
    },
  },
}
