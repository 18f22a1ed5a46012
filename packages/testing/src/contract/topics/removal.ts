import assert from 'node:assert/strict'
import {
  archiveStream,
  type EventStore,
  type RecordedEvent,
  reopenStream,
  summariseStream,
  truncateStream,
} from '@eventfold/core'
import { documentsOf } from '../document-collection.ts'
import { range } from '../facts.ts'
import { imported, transferOf } from '../imported-events.ts'
import { checkVersions, maintenanceOf, metersIn, summary, used } from '../meter.ts'
import { readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { readDuring } from '../wait-until.ts'

/** Two streams, in turn, with tags. */
async function meters(store: EventStore): Promise<readonly RecordedEvent[]> {
  maintenanceOf(store)
  for (const units of range(1, 6)) {
    await store.append('meter-1', used(units, units, { tags: [`unit:${units % 2}`, 'all:1'] }))
    await store.append('meter-2', used(units, units, { tags: ['all:1'] }))
  }
  return readLogByPages(store)
}

async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

export const removal: Topic = {
  name: 'removal',
  cases: {
    '[8] a truncation removes the events before a version, wherever one looks, and no other': async ({
      open,
    }) => {
      const store = await open()
      const before = await meters(store)
      const { removed, firstVersion } = await truncateStream(store, 'meter-1', { before: 4 })
      assert.deepEqual([removed, firstVersion], [3, 4])
      const left = before.filter(({ stream, version }) => stream !== 'meter-1' || version >= 4)
      const look = (options = {}) => readLogByPages(store, { limit: 2, ...options })
      assert.deepEqual(await look(), left)
      assert.deepEqual(await look({ backwards: true }), left.toReversed())
      for (const tag of ['unit:0', 'unit:1', 'all:1']) {
        assert.deepEqual(
          await look({ tags: [tag] }),
          left.filter(({ tags }) => tags.includes(tag)),
          tag,
        )
      }
      await checkVersions(store, 'meter-1', 4, 6)
      await checkVersions(store, 'meter-2', 1, 6)
      assert.equal(await store.head(), before.at(-1)?.position)
      assert.equal((await truncateStream(store, 'meter-1', { before: 4 })).removed, 0)
      assert.equal((await truncateStream(store, 'meter-1', { before: 2 })).removed, 0)
      assert.equal((await truncateStream(store, 'meter-1', { before: 6 })).removed, 2)
      await checkVersions(store, 'meter-1', 6, 6)
    },

    '[3] a truncated stream goes on with its next version, and is never begun anew': async ({ open }) => {
      const store = await open()
      const before = await meters(store)
      await truncateStream(store, 'meter-2', { before: 6 })
      for (const events of [used(1, 1), used(1, 2), used(1, 1, { tags: ['all:1'] })]) {
        for (const expected of ['no-stream', 1, 5] as const) {
          await rejectsWith(store.append('meter-2', events, { expected }), 'concurrency', { actual: 6 })
        }
      }
      const next = await store.append('meter-2', used(7, 8), { expected: 6 })
      assert.equal(next.version, 8)
      assert.ok(next.position > (before.at(-1)?.position ?? 0), 'a position is given again')
      assert.equal((await store.append('meter-2', used(9, 9))).version, 9)
      await checkVersions(store, 'meter-2', 6, 9)
      const { firstRecordedAt } = (await store.streamInfo('meter-2')) ?? {}
      assert.deepEqual(firstRecordedAt, before.find(({ stream }) => stream === 'meter-2')?.recordedAt)
    },

    '[3] the last event of a stream stays': async ({ open }) => {
      const store = await open()
      await meters(store)
      await rejectsWith(truncateStream(store, 'meter-2', { before: 7 }), 'version-not-found', { actual: 6 })
      await rejectsWith(truncateStream(store, 'meter-9', { before: 1 }), 'concurrency', { actual: 0 })
      await checkVersions(store, 'meter-2', 1, 6)
    },

    '[5] the id of a removed event is that of a new one': async ({ open }) => {
      const store = await open()
      const [first] = await meters(store)
      await truncateStream(store, 'meter-1', { before: 2 })
      const again = await store.append('meter-1', [
        { type: 'UnitsUsed', data: { units: 1 }, id: first?.id as string },
      ])
      assert.deepEqual([again.version, again.duplicate], [7, false])
    },

    '[1] a summary and the removal of what it stands for are one step': async ({ open }) => {
      const store = await open()
      await meters(store)
      const moved = summariseStream(store, 'meter-1', summary(15), { expected: 5 })
      await rejectsWith(moved, 'concurrency', { expected: 5, actual: 6 })
      await checkVersions(store, 'meter-1', 1, 6)
      const event = { ...summary(21), id: store.newId() }
      const { removed, version } = await summariseStream(store, 'meter-1', event, { expected: 6 })
      assert.deepEqual([removed, version], [6, 7])
      await checkVersions(store, 'meter-1', 7, 7)
      await store.append('meter-1', used(8, 8))
      assert.equal((await summariseStream(store, 'meter-1', event, { expected: 6 })).removed, 0)
      assert.deepEqual(await metersIn(store).load('1'), { id: '1', stream: 'meter-1', state: 29, version: 8 })
    },

    '[1] loads during appends and summaries give every unit, and none twice': async ({ open }) => {
      const store = await open()
      const repository = metersIn(store)
      let count = 0
      const work = (async () => {
        for (const round of range(1, 12)) {
          await store.append('meter-1', used(1, 1))
          count++
          if (round % 3 !== 0) continue
          const { state, version } = await repository.load('1')
          await summariseStream(store, 'meter-1', summary(state), { expected: version })
        }
      })()
      await readDuring(work, async () => {
        const least = count
        const { state } = await repository.load('1')
        assert.ok(state >= least && state <= count + 1, `${state} of ${least} to ${count}`)
      })
      assert.equal((await repository.load('1')).state, 12)
    },

    '[4] readers that poll during removals miss no event that is left, and find none late': async ({
      open,
    }) => {
      const store = await open()
      maintenanceOf(store)
      const seen: RecordedEvent[] = []
      let after = 0
      const read = async () => {
        const page = await store.readLog({ after, limit: 7 })
        for (const event of page.events) assert.ok(event.position > after, 'a late arrival')
        seen.push(...page.events)
        after = page.next
      }
      const work = (async () => {
        for (const units of range(1, 10)) {
          await Promise.all(range(1, 4).map((key) => store.append(`meter-${key}`, used(units, units + 2))))
          await truncateStream(store, `meter-${(units % 4) + 1}`, { before: units * 3 })
        }
      })()
      await readDuring(work, read)
      for (const _ of range(1, 40)) await read()
      const places = new Set(seen.map(({ stream, version }) => `${stream}@${version}`))
      assert.equal(places.size, seen.length, 'an event was read twice')
      for (const { stream, version } of await readLogByPages(store)) {
        assert.ok(places.has(`${stream}@${version}`), `${stream}@${version} was missed`)
      }
    },

    '[12] with snapshots and a cache, loads of truncated streams give what their events give': async ({
      open,
    }) => {
      const store = await open()
      documentsOf(store)
      const plain = metersIn(store)
      const quick = metersIn(store, { snapshots: { every: 2, keep: 2 }, cache: 5 })
      const cold = metersIn(store, { snapshots: { every: 2, keep: 2 } })
      await meters(store)
      for (const before of [2, 5, 6, 7]) {
        for (const each of [quick, cold]) {
          await each.load('1')
          await each.snapshots?.settled()
        }
        const { state, version } = await plain.load('1')
        if (before === 7) await summariseStream(store, 'meter-1', summary(state), { expected: version })
        else await truncateStream(store, 'meter-1', { before })
        const left = await plain.load('1')
        assert.deepEqual(await cold.load('1'), left, `before ${before}`)
        await store.append('meter-1', used(version + 1, version + 1))
        assert.deepEqual(await cold.load('1'), await plain.load('1'), `before ${before}`)
      }
      const { firstVersion, version } = (await store.streamInfo('meter-1')) ?? { firstVersion: 0, version: 0 }
      for (const at of range(firstVersion, version)) {
        assert.deepEqual(await cold.load('1', { version: at }), await plain.load('1', { version: at }))
      }
    },

    '[12] a load of what was removed says so': async ({ open }) => {
      const store = await open()
      const [first] = await meters(store)
      await truncateStream(store, 'meter-1', { before: 4 })
      const repository = metersIn(store)
      const removed = { stream: 'meter-1', firstVersion: 4 }
      await rejectsWith(repository.load('1', { version: 3 }), 'history-removed', removed)
      const at = new Date((first as RecordedEvent).recordedAt.getTime() - 1)
      await rejectsWith(repository.load('1', { at }), 'history-removed', removed)
      await rejectsWith(repository.load('1', { while: () => false }), 'history-removed', removed)
      await rejectsWith(repository.load('1', { version: 7 }), 'version-not-found', { actual: 6 })
      assert.equal((await repository.load('1', { version: 5 })).state, 9)
      assert.equal((await repository.load('1', { version: 0 })).state, 0)
    },

    '[8] an archive has the events as they were, before they are removed': async ({ open }) => {
      const store = await open()
      const before = await meters(store)
      let lines: string[] = []
      const kept = await archiveStream(store, 'meter-1', async (exported, info) => {
        assert.deepEqual([info.version, info.closed], [6, true])
        await rejectsWith(store.append('meter-1', used(7, 7)), 'stream-closed')
        lines = await linesOf(exported)
        await checkVersions(store, 'meter-1', 1, 6)
        return 'meter-1.jsonl'
      })
      assert.deepEqual([kept.archived, kept.version, kept.firstVersion, kept.closed], [6, 7, 7, true])
      const archived = lines.flatMap((line) =>
        'event' in JSON.parse(line) ? [JSON.parse(line).event.id] : [],
      )
      assert.deepEqual(
        archived,
        before.flatMap(({ stream, id }) => (stream === 'meter-1' ? [id] : [])),
      )
      const [tombstone, ...others] = await store.readStream('meter-1')
      assert.equal(others.length, 0)
      assert.equal(tombstone?.type, 'StreamArchived')
      assert.deepEqual(tombstone?.data, { firstVersion: 1, lastVersion: 6, archive: 'meter-1.jsonl' })
      const again = await archiveStream(store, 'meter-1', () => assert.fail('it was archived before'))
      assert.deepEqual([again.archived, again.version], [0, 7])
    },

    '[3] nobody begins an archived stream anew, and it goes on behind its tombstone': async ({ open }) => {
      const store = await open()
      await meters(store)
      const repository = metersIn(store, { onUnknownEvent: 'ignore' })
      await archiveStream(store, 'meter-1', async () => null)
      await rejectsWith(store.append('meter-1', used(1, 1), { expected: 'no-stream' }), 'stream-closed')
      await rejectsWith(repository.load('1'), 'stream-archived', { version: 7 })
      await rejectsWith(repository.load('1', { at: new Date(8e15) }), 'stream-archived', { version: 7 })
      await rejectsWith(repository.execute('1', 'use', { units: 1 }), 'stream-archived')
      const tombstone = () => summary(21)
      await archiveStream(store, 'meter-2', async () => null, { tombstone })
      assert.deepEqual(await repository.load('2'), { id: '2', stream: 'meter-2', state: 21, version: 7 })
      await rejectsWith(repository.execute('2', 'use', { units: 1 }), 'stream-closed')
      await reopenStream(store, 'meter-2')
      await rejectsWith(store.append('meter-2', used(1, 1), { expected: 'no-stream' }), 'concurrency', {
        actual: 7,
      })
      assert.equal((await repository.execute('2', 'use', { units: 1 })).state, 22)
    },

    '[8] an archive that fails removes nothing, and leaves the stream as it was': async ({ open }) => {
      const store = await open()
      await meters(store)
      const failing = archiveStream(store, 'meter-1', async (lines) => {
        await linesOf(lines)
        throw new RangeError('disk full')
      })
      await assert.rejects(failing, RangeError)
      await checkVersions(store, 'meter-1', 1, 6)
      assert.equal((await store.append('meter-1', used(7, 7), { expected: 6 })).version, 7)
    },

    '[6] a stream without its first events is imported as it was, with its mark': async ({ open }) => {
      const store = await open()
      const maintenance = maintenanceOf(store)
      await transferOf(store).importEvents([
        imported(20, 'meter-1', 5),
        imported(21, 'meter-é', 1),
        imported(25, 'meter-1', 6),
      ])
      await rejectsWith(store.append('meter-1', used(1, 1), { expected: 'no-stream' }), 'concurrency', {
        actual: 6,
      })
      await checkVersions(store, 'meter-1', 5, 6)
      const marks = [
        { stream: 'meter-1', closed: false, firstRecordedAt: 1_234_567_890_123, removedTo: 19 },
        { stream: 'meter-é', closed: true, firstRecordedAt: null, removedTo: null },
      ]
      await maintenance.putMarks(marks)
      await maintenance.putMarks(marks)
      assert.deepEqual(await maintenance.listMarks(undefined, 10), marks)
      assert.deepEqual(await maintenance.listMarks('meter-1', 1), marks.slice(1))
      assert.deepEqual([await maintenance.isRemoved(19), await maintenance.isRemoved(20)], [true, false])
      assert.deepEqual((await store.streamInfo('meter-1'))?.firstRecordedAt, new Date(1_234_567_890_123))
      await rejectsWith(store.append('meter-é', used(2, 2)), 'stream-closed', { version: 1 })
      assert.equal((await store.append('meter-1', used(7, 7), { expected: 6 })).version, 7)
    },

    '[1] a removal that is rolled back has not happened': async ({ open }) => {
      const store = await open()
      const maintenance = maintenanceOf(store)
      const before = await meters(store)
      const undone = store.transaction(async (transaction) => {
        await maintenance.lock(transaction)
        await maintenance.removeBefore('meter-1', 4, transaction)
        const left = await store.readStream('meter-1', { transaction })
        assert.deepEqual(
          left.map(({ version }) => version),
          [4, 5, 6],
        )
        throw new RangeError('undone')
      })
      await assert.rejects(undone, RangeError)
      assert.deepEqual(await readLogByPages(store), before)
      assert.deepEqual(await maintenance.listMarks(undefined, 10), [])
    },
  },
}
