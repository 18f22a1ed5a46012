import assert from 'node:assert/strict'
import type { EventStore, ReadLogOptions } from '@eventfold/core'
import { range } from '../facts.ts'
import { placesOf, readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { ContractCase, Topic } from '../topic.ts'

/** Stream, type and tags of each event, in the order of the log. */
const log: readonly (readonly [stream: string, type: string, ...tags: string[]])[] = [
  ['account-1', 'Opened', 'owner:ada'],
  ['accounting-1', 'Opened', 'owner:bob'],
  ['account-1', 'Deposited', 'owner:ada', 'large'],
  ['account-2', 'Opened', 'owner:bob'],
  ['acc-ount-1', 'Opened'],
  ['Account-1', 'Opened', 'Owner:ada'],
  ['account-2', 'Deposited', 'owner:bob', 'large'],
  ['account-1', 'Withdrawn', 'large', 'owner:ada'],
  ['account-1-x', 'Deposited', 'owner:ada:x'],
  ['a_count-1', 'opened'],
  ['account-10', 'Opened_2', 'owner'],
  ['order-1', 'Deposited', 'owner:ada'],
]

async function prepare(store: EventStore): Promise<string[]> {
  const places: string[] = []
  for (const [stream, type, ...tags] of log) {
    const { version } = await store.append(stream, [{ type, data: null, tags }])
    places.push(`${stream}@${version}`)
  }
  return places
}

type Filtering = readonly [
  filter: ReadLogOptions,
  /** Whether an event of the log above is to be found. */
  matches: (stream: string, type: string, tags: readonly string[]) => boolean,
]

function filtering(...filterings: readonly Filtering[]): ContractCase {
  return async ({ open }) => {
    const store = await open()
    const places = await prepare(store)
    for (const [filter, matches] of filterings) {
      const expected = places.filter((_, index) => {
        const [stream, type, ...tags] = log[index] as (typeof log)[number]
        return matches(stream, type, tags)
      })
      for (const limit of [1, 2, 3, 1000]) {
        const what = `${JSON.stringify(filter)} in pages of ${limit}`
        assert.deepEqual(placesOf(await readLogByPages(store, { ...filter, limit })), expected, what)
        const backwards = await readLogByPages(store, { ...filter, limit, backwards: true })
        assert.deepEqual(placesOf(backwards), expected.toReversed(), `${what} backwards`)
      }
    }
  }
}

export const readLogFilters: Topic = {
  name: 'read log filters',
  cases: {
    '[4] a category is what stands before the first dash, and not a mere prefix': filtering(
      [{ category: 'account' }, (stream) => stream.startsWith('account-')],
      [{ category: 'acc' }, (stream) => stream === 'acc-ount-1'],
      [{ category: 'a_count' }, (stream) => stream === 'a_count-1'],
    ),
    '[4] a stream is taken by its whole id': filtering(
      [{ stream: 'account-1' }, (stream) => stream === 'account-1'],
      [{ stream: 'a_count-1' }, (stream) => stream === 'a_count-1'],
      [{ stream: 'account-3' }, () => false],
    ),
    '[4] any of the types of a filter is taken': filtering(
      [{ types: ['Opened'] }, (_, type) => type === 'Opened'],
      [{ types: ['Withdrawn', 'Opened', 'Missing'] }, (_, type) => ['Withdrawn', 'Opened'].includes(type)],
      [{ types: ['Deposited', 'Deposited'] }, (_, type) => type === 'Deposited'],
    ),
    '[4] an event must have all tags of a filter': filtering(
      [{ tags: ['owner:ada'] }, (_stream, _type, tags) => tags.includes('owner:ada')],
      [{ tags: ['owner'] }, (_stream, _type, tags) => tags.includes('owner')],
      [
        { tags: ['owner:ada', 'large'] },
        (_stream, _type, tags) => tags.includes('owner:ada') && tags.includes('large'),
      ],
      [{ tags: ['large', 'large'] }, (_stream, _type, tags) => tags.includes('large')],
      [{ tags: ['owner:ada', 'owner:bob'] }, () => false],
    ),
    '[4] all parts of a filter must hold': filtering(
      [
        { category: 'account', types: ['Deposited', 'Withdrawn'] },
        (stream, type) => stream.startsWith('account-') && ['Deposited', 'Withdrawn'].includes(type),
      ],
      [
        { stream: 'account-1', types: ['Deposited'] },
        (stream, type) => stream === 'account-1' && type === 'Deposited',
      ],
      [
        { category: 'account', tags: ['owner:bob'] },
        (stream, _type, tags) => stream.startsWith('account-') && tags.includes('owner:bob'),
      ],
      [
        { types: ['Opened', 'Deposited'], tags: ['owner:ada'] },
        (_stream, type, tags) => ['Opened', 'Deposited'].includes(type) && tags.includes('owner:ada'),
      ],
      [
        { category: 'account', stream: 'account-1', types: ['Deposited', 'Withdrawn'], tags: ['large'] },
        (stream, type) => stream === 'account-1' && ['Deposited', 'Withdrawn'].includes(type),
      ],
      [{ category: 'order', stream: 'account-1' }, () => false],
    ),

    '[4] bounds and filters hold together': async ({ open }) => {
      const store = await open()
      await prepare(store)
      const { events } = await store.readLog()
      const bounds = { after: events[2]?.position as number, before: events[7]?.position as number }
      const found = await readLogByPages(store, { ...bounds, category: 'account', limit: 1 })
      assert.deepEqual(placesOf(found), ['account-2@1', 'account-2@2'])
    },

    '[4] matches that lie far apart are all found': async ({ open }) => {
      const store = await open()
      for (const round of range(1, 3)) {
        const noise = range(1, 400).map(() => ({ type: 'Noise', data: null }))
        await store.append('noise-1', noise)
        await store.append('signal-1', [{ type: 'Signal', data: round, tags: ['signal'] }])
      }
      await store.append('noise-1', [{ type: 'Noise', data: null }])
      for (const filter of [{ category: 'signal' }, { types: ['Signal'] }, { tags: ['signal'] }]) {
        for (const limit of [1, 2, 100]) {
          const found = await readLogByPages(store, { ...filter, limit })
          assert.deepEqual(placesOf(found), ['signal-1@1', 'signal-1@2', 'signal-1@3'])
        }
      }
    },

    'a filter that cannot be is refused': async ({ open }) => {
      const store = await open()
      await rejectsWith(store.readLog({ types: [] }), 'invalid-option')
      await rejectsWith(store.readLog({ tags: [] }), 'invalid-option')
      await rejectsWith(store.readLog({ types: [''] }), 'invalid-event-type')
      await rejectsWith(store.readLog({ tags: ['a\0'] }), 'invalid-tag')
      await rejectsWith(store.readLog({ category: 'a-b' }), 'invalid-stream-id')
      await rejectsWith(store.readLog({ stream: 'account' }), 'invalid-stream-id')
    },
  },
}
