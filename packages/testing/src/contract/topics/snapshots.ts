import assert from 'node:assert/strict'
import { type EventStore, StoreFailureError } from '@eventfold/core'
import { documentsOf } from '../document-collection.ts'
import { gated } from '../gated-adapter.ts'
import { checkLoad, extend, type SeriesRepository, seriesIn, snapshotCollection } from '../series.ts'
import type { Topic } from '../topic.ts'

const often = { every: 3 }

/** Numbers that look drawn, and are the same in every run (a linear congruential generator). */
function drawer(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return Math.floor((state / 4_294_967_296) * below)
  }
}

async function snapshotText(store: EventStore, id: string): Promise<string> {
  const [text] = await documentsOf(store).read([
    { collection: await snapshotCollection(store), key: `0/${id}` },
  ])
  assert.ok(text !== undefined, `there is no snapshot of ${id}`)
  return text
}

async function spoil(store: EventStore, id: string, text: string | undefined): Promise<void> {
  const collection = await snapshotCollection(store)
  await documentsOf(store).write([{ collection, key: `0/${id}`, data: text, fields: [] }])
}

async function loadAndSettle(series: SeriesRepository, id: string): Promise<void> {
  await checkLoad(series, id)
  await series.snapshots?.settled()
}

export const snapshots: Topic = {
  name: 'snapshots',
  cases: {
    '[12] a load that begins at a snapshot gives what all events give, at every version': async ({
      open,
    }) => {
      const store = await open()
      documentsOf(store)
      const series = seriesIn(store, { every: 4, keep: 2 })
      for (let events = 1; events <= 17; events++) {
        await extend(store, 'a', 1, events)
        await loadAndSettle(series, 'a')
      }
      for (let version = 0; version <= 17; version++) await checkLoad(series, 'a', version)
      const report = await series.snapshots?.verify()
      assert.deepEqual(report, { checked: 2, differences: [], ignored: [] })
    },

    '[12] whatever becomes of snapshots, every load gives what all events give': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const draw = drawer(20_261_127)
      const repositories = [
        seriesIn(store, often),
        seriesIn(store, { every: 2, keep: 3 }),
        seriesIn(store, often, 2),
        seriesIn(store, { every: 5, stateVersion: 2 }, 1),
      ]
      const texts: string[] = []
      for (let step = 0; step < 120; step++) {
        const id = ['a', 'b', 'c'][draw(3)] as string
        const series = repositories[draw(repositories.length)] as SeriesRepository
        const act = draw(10)
        if (act < 4) await extend(store, id, 1 + draw(4), step)
        else if (act < 7) await loadAndSettle(series, id)
        else if (act === 7) await series.execute(id, 'add', { n: step })
        else {
          const documents = documentsOf(store)
          const query = { where: [], backwards: false, limit: 50 }
          for (const { key: collection } of await documents.find({
            ...query,
            collection: 'eventfold:snapshots',
          })) {
            for (const { key, data } of await documents.find({ ...query, collection })) {
              texts.push(data)
              const spoilt = [
                data,
                data.slice(0, draw(data.length)),
                data.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
                texts[draw(texts.length)],
                undefined,
              ][draw(5)]
              await documents.write([{ collection, key, data: spoilt, fields: [] }])
            }
          }
        }
        if (step % 5 === 0) for (const each of repositories) await checkLoad(each, id)
      }
      for (const each of repositories) await each.snapshots?.settled()
      for (const each of repositories) for (const id of ['a', 'b', 'c']) await checkLoad(each, id)
    },

    '[12] a snapshot that is damaged, or of another stream, is ignored and replaced': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const problems: string[] = []
      const series = seriesIn(store, { ...often, onProblem: ({ kind }) => problems.push(kind) })
      await extend(store, 'long', 20)
      await extend(store, 'short', 6, 100)
      // Its last event says the same as that of the short one.
      await extend(store, 'twin', 5)
      await extend(store, 'twin', 1, 105)
      await loadAndSettle(series, 'long')
      await loadAndSettle(series, 'twin')
      await loadAndSettle(series, 'short')
      const good = await snapshotText(store, 'short')
      const foreign = await snapshotText(store, 'long')
      const twin = await snapshotText(store, 'twin')
      const cases = [
        ['damaged', ''],
        ['damaged', good.slice(0, -1)],
        ['damaged', good.replace('digest', 'digests')],
        ['damaged', `${good} `],
        ['diverged', foreign],
        ['diverged', twin],
      ] as const
      for (const [kind, text] of cases) {
        problems.length = 0
        await spoil(store, 'short', text)
        await loadAndSettle(series, 'short')
        assert.deepEqual(problems, [kind])
        assert.equal((await snapshotText(store, 'short')).includes(foreign), false)
        problems.length = 0
        await loadAndSettle(series, 'short')
        assert.deepEqual(problems, [])
      }
    },

    '[12] a snapshot of other code, or of another version of the state, is not looked at': async ({
      open,
    }) => {
      const store = await open()
      documentsOf(store)
      await extend(store, 'a', 10)
      await loadAndSettle(seriesIn(store, often), 'a')
      const collection = await snapshotCollection(store)
      await documentsOf(store).write([{ collection, key: '0/a', data: 'nonsense', fields: [] }])
      const problems: string[] = []
      const onProblem = ({ kind }: { readonly kind: string }) => problems.push(kind)
      const next = seriesIn(store, { ...often, stateVersion: 2, onProblem })
      await loadAndSettle(next, 'a')
      assert.deepEqual(problems, [])
      assert.equal((await next.snapshots?.verify())?.checked, 1)
      await next.snapshots?.removeOthers()
      assert.notEqual(await snapshotCollection(store), collection)
      assert.deepEqual(await documentsOf(store).read([{ collection, key: '0/a' }]), [undefined])
      await next.snapshots?.clear()
      assert.equal((await next.snapshots?.verify())?.checked, 0)
      await checkLoad(next, 'a')
    },

    '[12] of two writers of a snapshot the older one does not replace the newer': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const { store: slowStore, gate } = gated(store)
      const late = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      const { write } = gate.documents
      gate.documents.write = async (writes, transaction) => {
        reached.resolve()
        await late.promise
        await write(writes, transaction)
      }
      const slow = seriesIn(slowStore, often)
      await extend(store, 'a', 3)
      await checkLoad(slow, 'a')
      await reached.promise
      await extend(store, 'a', 3)
      await loadAndSettle(seriesIn(store, often), 'a')
      const newer = await snapshotText(store, 'a')
      late.resolve()
      await slow.snapshots?.settled()
      assert.equal(await snapshotText(store, 'a'), newer)
      assert.equal(JSON.parse(newer.split('\n')[1] ?? '').version, 6)
    },

    '[12] loads and commands succeed while the storage of snapshots fails': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const { store: failing, gate } = gated(store)
      const fail = () => Promise.reject(new StoreFailureError('no snapshots today'))
      Object.assign(gate.documents, { read: fail, write: fail, find: fail })
      const problems = new Set<string>()
      const series = seriesIn(failing, { ...often, onProblem: ({ kind }) => problems.add(kind) })
      await extend(store, 'a', 10)
      await loadAndSettle(series, 'a')
      assert.equal((await series.execute('a', 'add', { n: 1 })).version, 11)
      await loadAndSettle(series, 'a')
      assert.deepEqual([...problems].sort(), ['not-read', 'not-written'])
    },

    '[12] a load in a transaction sees what that has appended, and keeps nothing of it': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const series = seriesIn(store, often, 10)
      await extend(store, 'a', 5)
      await loadAndSettle(series, 'a')
      const undone = new Error('undone')
      await assert.rejects(
        store.transaction(async (transaction) => {
          const events = [1, 2, 3, 4].map((n) => ({ type: 'Added', data: { n } }))
          await store.append('series-a', events, { transaction })
          assert.equal((await series.load('a', { transaction })).version, 9)
          throw undone
        }),
        undone,
      )
      await loadAndSettle(series, 'a')
      assert.equal((await series.load('a')).version, 5)
    },
  },
}
