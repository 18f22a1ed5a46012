import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import type { LogStretch, StoredEvent } from '@eventfold/core/adapter'
import { deposited, range } from '../facts.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

/** Longer than any store takes to pass on a wake-up that it should not pass on. */
const quietMilliseconds = 60

interface Listener {
  calls: number
  stop(): Promise<void>
}

/** Counts wake-ups, without what comes with beginning to listen. */
async function listen(store: EventStore): Promise<Listener> {
  const listener: Listener = { calls: 0, stop: () => stop() }
  const stop = await store.onAppend(() => {
    listener.calls++
  })
  await pause(quietMilliseconds)
  listener.calls = 0
  return listener
}

/** Fails if `act` wakes the listener every time; a single wake-up may be spurious. */
async function checkQuiet(listener: Listener, act: () => Promise<unknown>): Promise<void> {
  for (const _ of range(1, 4)) {
    const before = listener.calls
    await act()
    await pause(quietMilliseconds)
    if (listener.calls === before) return
  }
  assert.fail('woken each time')
}

/** Fails if the log has something else in this place. */
async function checkStretch(store: EventStore, { after, events }: LogStretch): Promise<void> {
  const last = events.at(-1)
  assert.ok(last !== undefined, 'a stretch without an event')
  const before = last.position + 1
  const page = await store.adapter.readLog({ after, before, backwards: false, limit: 1_000, filter: {} })
  assert.deepEqual(events.map(fieldsOf), page.events.map(fieldsOf))
}

function fieldsOf(event: StoredEvent) {
  const { position, stream, version, id, type, schemaVersion, data, metadata, tags, recordedAt } = event
  return { position, stream, version, id, type, schemaVersion, data, metadata, tags, recordedAt }
}

function ignore(): void {}

export const wakeUp: Topic = {
  name: 'wake-up',
  cases: {
    '[9] every append wakes all listeners': async ({ open, waitUntil }) => {
      const store = await open()
      const listeners = [await listen(store), await listen(store)]
      const acts = [
        () => store.append('account-1', [deposited(1)]),
        () => store.appendAll([{ stream: 'account-2', events: [deposited(1)] }]),
        () => store.transaction((transaction) => store.append('account-3', [deposited(1)], { transaction })),
      ]
      for (const act of acts) {
        const before = listeners.map(({ calls }) => calls)
        await act()
        await waitUntil(
          () => listeners.every(({ calls }, index) => calls > (before[index] as number)),
          'a wake-up',
        )
        await pause(quietMilliseconds)
      }
      for (const listener of listeners) await listener.stop()
    },

    '[9] who is woken finds the event': async ({ open, waitUntil }) => {
      const store = await open()
      const found: Promise<number>[] = []
      const stop = await store.onAppend(() => {
        found.push(store.readLog().then(({ events }) => events.length))
      })
      await store.append('account-1', [deposited(1)])
      await waitUntil(async () => (await Promise.all(found)).includes(1), 'an event found on a wake-up')
      await stop()
    },

    '[9] a wake-up that says what it is for leaves nothing out': async ({ open, waitUntil }) => {
      const store = await open()
      const untold = new Set<string>()
      const stop = await store.adapter.onAppend(async (writes) => {
        const told = writes?.flatMap(({ events }) => events) ?? (await store.readLog({ limit: 1_000 })).events
        for (const { id } of told) untold.delete(id)
      })
      const append = (number: number): Promise<unknown> => {
        const appends = range(1, 1 + (number % 2)).map((part) => ({
          stream: `account-${number}-${part}`,
          events: range(1, 1 + (number % 3)).map((n) => deposited(n, { id: crypto.randomUUID() })),
        }))
        for (const { id } of appends.flatMap(({ events }) => events)) untold.add(id as string)
        if (number % 5 > 0) return store.appendAll(appends)
        return store.transaction((transaction) => store.appendAll(appends, { transaction }))
      }
      await Promise.all(range(1, 30).map(append))
      for (const number of range(31, 44)) await append(number)
      await waitUntil(() => untold.size === 0, 'wake-ups for all that was appended')
      await stop()
    },

    '[4] what a wake-up tells of the log is all that it has there': async ({ open, begin, waitUntil }) => {
      const store = await open()
      const stretches: LogStretch[] = []
      const checks: Promise<void>[] = []
      let calls = 0
      const stop = await store.adapter.onAppend((_, stretch) => {
        calls++
        if (stretch === undefined) return
        const check = checkStretch(store, stretch)
        check.catch(ignore)
        checks.push(check)
        stretches.push(stretch)
      })
      const append = (number: number, transaction?: unknown): Promise<unknown> =>
        store.append(
          `account-${number % 5}`,
          range(0, number % 3).map((n) => deposited(n, n === 0 ? {} : { tags: ['later'] })),
          transaction === undefined ? {} : { transaction },
        )
      for (const number of range(1, 9)) await append(number)
      await Promise.all(range(10, 19).map((number) => append(number)))
      for (const end of ['commit', 'rollback'] as const) {
        const open = await begin(store)
        await append(20, open.transaction)
        const others = range(21, 25).map((number) => append(number))
        // Where one transaction is open at a time they wait for its end.
        await Promise.race([Promise.all(others), pause(quietMilliseconds)])
        await open[end]()
        await Promise.all(others)
        for (const number of range(26, 30)) await append(number)
      }
      const before = calls
      await append(31)
      await waitUntil(() => calls > before, 'a wake-up')
      await Promise.all(checks)
      for (const stretch of stretches) await checkStretch(store, stretch)
      await stop()
    },

    '[9] the same function may listen twice, and each ends alone': async ({ open, waitUntil }) => {
      const store = await open()
      let calls = 0
      const listener = () => {
        calls++
      }
      const stopFirst = await store.onAppend(listener)
      const stopSecond = await store.onAppend(listener)
      await stopFirst()
      await store.append('account-1', [deposited(1)])
      await waitUntil(() => calls > 0, 'a wake-up')
      await stopSecond()
      await stopSecond()
    },

    '[4] an open transaction wakes nobody before it commits': async ({ open, begin, waitUntil }) => {
      const store = await open()
      const listener = await listen(store)
      const { transaction, commit } = await begin(store)
      await checkQuiet(listener, () => store.append('account-1', [deposited(1)], { transaction }))
      const before = listener.calls
      await commit()
      await waitUntil(() => listener.calls > before, 'a wake-up after the commit')
    },

    '[4] what stores nothing wakes nobody': async ({ open }) => {
      const store = await open()
      const listener = await listen(store)
      const rolledBack = () =>
        store.transaction(async (transaction) => {
          await store.append('account-1', [deposited(1)], { transaction })
          throw new Error('as planned')
        })
      await checkQuiet(listener, () => Promise.allSettled([rolledBack()]))
      const failing = () => [
        store.append('account-1', [deposited(1)], { expected: 5 }),
        store.append('account-1', []),
      ]
      await checkQuiet(listener, () => Promise.allSettled(failing()))
    },

    '[9] whoever stopped listening is not called any more, and others still are': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      const stopped = await listen(store)
      const other = await listen(store)
      await stopped.stop()
      const { calls } = stopped
      const before = other.calls
      await store.append('account-1', [deposited(1)])
      await waitUntil(() => other.calls > before, 'a wake-up')
      await pause(quietMilliseconds)
      assert.equal(stopped.calls, calls)
    },

    '[9] an append wakes the listeners of another instance': async ({ openTwo, waitUntil, skip }) => {
      const [store, other] = await openTwo()
      if (store.capabilities.wakeUp === 'process') skip("capabilities.wakeUp is 'process'")
      const listener = await listen(other)
      await store.append('account-1', [deposited(1)])
      await waitUntil(() => listener.calls > 0, 'a wake-up in another instance')
      const before = listener.calls
      await pause(quietMilliseconds)
      await store.transaction((transaction) => store.append('account-1', [deposited(2)], { transaction }))
      await waitUntil(() => listener.calls > before, 'a wake-up in another instance by a transaction')
      await listener.stop()
    },

    '[9] a wake-up that is asked for wakes all listeners, without an event': async ({ open, waitUntil }) => {
      const store = await open()
      const listeners = [await listen(store), await listen(store)]
      store.adapter.wakeUp()
      await waitUntil(() => listeners.every(({ calls }) => calls > 0), 'a wake-up')
      assert.equal(await store.head(), 0)
      for (const listener of listeners) await listener.stop()
    },

    '[9] a wake-up that is asked for wakes the listeners of another instance': async ({
      openTwo,
      waitUntil,
      skip,
    }) => {
      const [store, other] = await openTwo()
      if (store.capabilities.wakeUp === 'process') skip("capabilities.wakeUp is 'process'")
      const listener = await listen(other)
      store.adapter.wakeUp()
      await waitUntil(() => listener.calls > 0, 'a wake-up in another instance')
      await listener.stop()
    },

    '[9] asking for a wake-up never fails, also where nobody listens or the store is closed': async ({
      open,
    }) => {
      const store = await open()
      store.adapter.wakeUp()
      const listener = await listen(store)
      await listener.stop()
      store.adapter.wakeUp()
      await store.close()
      store.adapter.wakeUp()
    },
  },
}
