import { once } from 'node:events'
import type { AppendResult, RecordedEvent } from '@eventfold/core'
import { expect, onTestFinished, test } from 'vitest'
import { killProgram, startProgram } from './child.ts'
import { openHandle, openTestStore } from './open-test-store.ts'

test('[4] events of other processes come once and in order, also of one that is killed', async () => {
  const store = await openTestStore()
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const seen: RecordedEvent[] = []
  const following = store.subscribe({ signal: controller.signal, batchSize: 30 }).forEach((event) => {
    seen.push(event)
  })
  const acknowledged: AppendResult[] = []
  const programs = ['first-0', 'second-0'].map((stream) => startProgram('appender.ts', [store.path, stream]))
  for (const program of programs) {
    program.on('message', (results: AppendResult[]) => void acknowledged.push(...results))
  }
  for (let round = 0; round < 20; round++) {
    await once(programs[round % 2] as NonNullable<(typeof programs)[0]>, 'message')
    await store.append('mine-0', [{ type: 'Appended', data: {} }])
  }
  for (const program of programs) await killProgram(program)
  const head = await store.head()
  await expect.poll(() => seen.at(-1)?.position).toBe(head)
  controller.abort()
  await following
  const stored: RecordedEvent[] = []
  for await (const batch of store.readLogInBatches()) stored.push(...batch)
  expect(seen.map(({ position, id }) => [position, id])).toEqual(
    stored.map(({ position, id }) => [position, id]),
  )
  const ids = new Set(seen.map(({ id }) => id))
  expect(acknowledged.length).toBeGreaterThan(100)
  for (const { eventIds } of acknowledged) for (const id of eventIds) expect(ids).toContain(id)
})

test('[9] another process wakes it, without its polling', async () => {
  const store = await openTestStore()
  const program = startProgram('opener.ts', [store.path, 'account-1'])
  await once(program, 'message')
  const first = store.subscribe({ pollInterval: 600_000 })[Symbol.asyncIterator]()
  const waiting = first.next()
  program.send('go')
  expect((await waiting).value).toMatchObject({ stream: 'account-1', type: 'Opened' })
  await first.return()
})

test('[14] a log far larger than the memory of the process is read in each way', async () => {
  const store = await openTestStore({ synchronous: 'normal' })
  const count = 100_000
  const text = 'x'.repeat(300)
  for (let part = 0; part < count / 10_000; part++) {
    await store.append(
      `account-${part}`,
      Array.from({ length: 10_000 }, (_, n) => ({ type: 'Noted', data: { n, text } })),
    )
  }
  const program = startProgram('subscriber.ts', [store.path], ['--max-old-space-size=48'])
  const ended = once(program, 'exit')
  const [counts] = await Promise.race([once(program, 'message'), ended])
  expect(counts).toEqual({ batches: count, events: count, handled: count, rare: 0 })
  expect(await ended).toEqual([0, null])
}, 60_000)

test('[14] a reader that pauses between batches does not keep the WAL from being emptied', async () => {
  const store = await openTestStore()
  await store.append(
    'account-1',
    Array.from({ length: 500 }, (_, n) => ({ type: 'Noted', data: { n } })),
  )
  const batches = store.subscribe({ batchSize: 10 }).batches()
  await batches.next()
  const [result] = openHandle(store.path).pragma('wal_checkpoint(TRUNCATE)') as [
    { busy: number; log: number },
  ]
  expect(result).toMatchObject({ busy: 0, log: 0 })
  expect((await batches.next()).value).toMatchObject({ position: 20 })
  await batches.return()
})
