import assert from 'node:assert/strict'
import type { EventStore, ExpectedVersion } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { placesOf, readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { ContractCase, Topic } from '../topic.ts'

/** Whether each expectation holds, by the version that a stream is at; 0 is a missing one. */
const truths: Readonly<
  Record<string, readonly (readonly [ExpectedVersion, version: number, holds: boolean])[]>
> = {
  "'any' never conflicts": [
    ['any', 0, true],
    ['any', 2, true],
  ],
  "'no-stream', and 0, holds where there is no stream, and conflicts elsewhere": [
    ['no-stream', 0, true],
    [0, 0, true],
    ['no-stream', 2, false],
    [0, 2, false],
    ['no-stream', 1, false],
  ],
  "'stream-exists' holds where there is a stream, and conflicts elsewhere": [
    ['stream-exists', 0, false],
    ['stream-exists', 1, true],
    ['stream-exists', 2, true],
  ],
  'a number holds where the stream is at exactly this version, and conflicts elsewhere': [
    [1, 0, false],
    [7, 0, false],
    [1, 1, true],
    [2, 2, true],
    [1, 2, false],
    [3, 2, false],
    [Number.MAX_SAFE_INTEGER, 2, false],
  ],
}

export const expectedVersion: Topic = {
  name: 'expected version',
  cases: {
    ...Object.fromEntries(
      Object.entries(truths).map(([title, rows]): [string, ContractCase] => [
        `[2] ${title}`,
        async ({ open }) => {
          const store = await open()
          for (const [index, row] of rows.entries()) await checkTruth(store, `account-${index}`, row)
        },
      ]),
    ),

    '[2] a conflict uses up no version, and its actual version is the one to go on from': async ({
      open,
    }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 2))
      for (const expected of ['no-stream', 1, 3] as const) {
        await rejectsWith(store.append('account-1', deposits(3, 4), { expected }), 'concurrency', {
          actual: 2,
        })
      }
      const { version } = await store.append('account-1', [deposited(3)], { expected: 2 })
      assert.equal(version, 3)
      assert.deepEqual(placesOf(await readLogByPages(store)), ['account-1@1', 'account-1@2', 'account-1@3'])
    },

    "[2] 'any' is what an append expects unless it says otherwise": async ({ open }) => {
      const store = await open()
      for (const version of range(1, 3)) {
        assert.equal((await store.append('account-1', [deposited(version)])).version, version)
        const [result] = await store.appendAll([{ stream: 'account-2', events: [deposited(version)] }])
        assert.equal(result?.version, version)
      }
    },

    '[2] each stream of an append has an expectation of its own': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 2))
      await store.append('account-2', deposits(1, 1))
      const results = await store.appendAll([
        { stream: 'account-1', events: [deposited(3)], expected: 2 },
        { stream: 'account-2', events: [deposited(2)], expected: 'stream-exists' },
        { stream: 'account-3', events: [deposited(1)], expected: 'no-stream' },
        { stream: 'account-4', events: [deposited(1)], expected: 'any' },
      ])
      assert.deepEqual(
        results.map(({ version }) => version),
        [3, 2, 1, 1],
      )
    },

    '[2] of several expectations the first that does not hold is reported': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 2))
      await store.append('account-2', deposits(1, 3))
      const right = { stream: 'account-1', events: [deposited(3)], expected: 2 } as const
      const wrong = { stream: 'account-2', events: [deposited(4)], expected: 2 } as const
      const wrongToo = { stream: 'account-0', events: [deposited(1)], expected: 'stream-exists' } as const
      const second = { stream: 'account-2', expected: 2, actual: 3 }
      await rejectsWith(store.appendAll([right, wrong, wrongToo]), 'concurrency', second)
      await rejectsWith(store.appendAll([right, wrongToo, wrong]), 'concurrency', {
        stream: 'account-0',
        expected: 'stream-exists',
        actual: 0,
      })
      assert.equal((await store.readLog()).events.length, 5)
    },

    '[2] expectations within a transaction count what it has appended itself': async ({ open }) => {
      const store = await open()
      await store.transaction(async (transaction) => {
        await store.append('account-1', deposits(1, 2), { expected: 'no-stream', transaction })
        await store.append('account-1', deposits(3, 3), { expected: 2, transaction })
        await store.append('account-1', deposits(4, 4), { expected: 'stream-exists', transaction })
        const late = store.append('account-1', deposits(5, 5), { expected: 2, transaction })
        await rejectsWith(late, 'concurrency', { stream: 'account-1', expected: 2, actual: 4 })
      })
      assert.equal((await store.readStream('account-1')).length, 4)
    },
  },
}

async function checkTruth(
  store: EventStore,
  stream: string,
  [expected, version, holds]: readonly [ExpectedVersion, number, boolean],
): Promise<void> {
  const what = `expecting ${expected} at version ${version}`
  if (version > 0) await store.append(stream, deposits(1, version))
  const call = store.append(stream, [deposited(9)], { expected })
  if (holds) {
    assert.equal((await call).version, version + 1, what)
  } else {
    const conflict = { stream, expected: expected === 0 ? 'no-stream' : expected, actual: version }
    await rejectsWith(call, 'concurrency', { name: 'ConcurrencyError', retryable: true, ...conflict }, what)
  }
  assert.equal((await store.readStream(stream)).length, version + (holds ? 1 : 0), what)
}
