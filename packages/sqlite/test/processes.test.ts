import { once } from 'node:events'
import type { AppendResult, RecordedEvent } from '@eventfold/core'
import { expect, test } from 'vitest'
import { killProgram, startProgram } from './child.ts'
import { openHandle, openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

const event = { type: 'Deposited', data: { cents: 5 } }

test('processes that open a new file at the same moment all find the schema, and end by themselves', async () => {
  const path = temporaryFile()
  const programs = ['a-1', 'a-2', 'a-3'].map((stream, index) =>
    startProgram('opener.ts', [path, stream, index === 0 ? 'thread' : '']),
  )
  await Promise.all(programs.map((program) => once(program, 'message')))
  const ended = programs.map((program) => once(program, 'exit'))
  for (const program of programs) program.send('go')
  expect(await Promise.all(ended)).toEqual(programs.map(() => [0, null]))
  const store = await openTestStore({ migrate: false }, path)
  expect(await store.head()).toBe(3)
})

test('two processes that write at once never see a lock, and versions are dense', async () => {
  const store = await openTestStore()
  const program = startProgram('appender.ts', [store.path, 'other-0'])
  const acknowledged: AppendResult[] = []
  program.on('message', (results: AppendResult[]) => acknowledged.push(...results))
  await once(program, 'message')
  for (let round = 0; round < 100; round++) {
    await Promise.all(Array.from({ length: 5 }, (_, index) => store.append(`mine-${index}`, [event, event])))
    await store.append('other-0', [event])
  }
  expect(program.exitCode).toBeNull()
  await killProgram(program)
  expect(acknowledged.length).toBeGreaterThan(20)
  const versions = new Map<string, number>()
  for await (const batch of store.readLogInBatches()) {
    for (const { stream, version } of batch) {
      expect(version).toBe((versions.get(stream) ?? 0) + 1)
      versions.set(stream, version)
    }
  }
  expect(versions.get('mine-0')).toBe(200)
})

test('what a process had acknowledged before kill -9 is there, and the file is whole', async () => {
  const path = temporaryFile()
  const acknowledged: AppendResult[] = []
  for (let kill = 1; kill <= 12; kill++) {
    const program = startProgram('appender.ts', [path, 'stream-0', kill % 2 === 0 ? 'thread' : ''])
    program.on('message', (results: AppendResult[]) => acknowledged.push(...results))
    // Each time at another moment of its work.
    for (let groups = 0; groups < kill; groups++) await once(program, 'message')
    await killProgram(program)
  }
  const store = await openTestStore({}, path)
  const stored = new Map<string, { stream: string; version: number; position: number }>()
  for await (const batch of store.readLogInBatches()) for (const found of batch) stored.set(found.id, found)
  for (const { stream, version, position, eventIds } of acknowledged) {
    expect(stored.get(eventIds[0] as string)).toMatchObject({ stream, version: version - 1 })
    expect(stored.get(eventIds[1] as string)).toMatchObject({ stream, version, position })
  }
  // Both events of an append, or none.
  expect(stored.size % 2).toBe(0)
  expect(openHandle(path).pragma('integrity_check', { simple: true })).toBe('ok')
}, 60_000)

test('removals that kill -9 interrupts have happened, or not, and the guards are as before', async () => {
  const path = temporaryFile()
  const counts = new Map<string, number>()
  for (let kill = 1; kill <= 6; kill++) {
    const program = startProgram('remover.ts', [path])
    program.on('message', (stream: string) => counts.set(stream, (counts.get(stream) ?? 0) + 2))
    for (let rounds = 0; rounds < kill; rounds++) await once(program, 'message')
    // Each time at another moment of a removal.
    await new Promise((resolve) => setTimeout(resolve, kill))
    await killProgram(program)
  }
  // Looks at the triggers, too.
  const store = await openTestStore({ migrate: false }, path)
  for (const [stream, count] of counts) {
    const [first, ...others] =
      await store.readStream<RecordedEvent<string, { readonly count?: number }>>(stream)
    const found = (first?.data.count ?? 1) + others.length
    // The last append of each process may not have been told of.
    expect(found).toBeGreaterThanOrEqual(count)
    expect(found).toBeLessThanOrEqual(count + 12)
    const info = await store.streamInfo(stream)
    expect(info?.version).toBe((info?.firstVersion ?? 0) + others.length)
  }
  const database = openHandle(path)
  expect(() => database.exec('DELETE FROM eventfold_events')).toThrow('immutable')
  const tags = database.prepare('SELECT count(*) FROM eventfold_tags').pluck().get()
  expect((await store.readLog({ tags: ['counted'], limit: 1_000 })).events).toHaveLength(tags as number)
}, 30_000)

test('an append of another process wakes listeners', async () => {
  const store = await openTestStore()
  const program = startProgram('opener.ts', [store.path, 'account-1'])
  await once(program, 'message')
  const woken = new Promise<void>((resolve) => void store.onAppend(resolve))
  program.send('go')
  await woken
  expect(await store.readStream('account-1')).toHaveLength(1)
})

test('an append in a transaction of another handle of this process wakes listeners', async () => {
  const store = await openTestStore()
  const woken = new Promise<void>((resolve) => void store.onAppend(resolve))
  const handle = openHandle(store.path)
  handle.exec('BEGIN IMMEDIATE')
  await store.append('account-1', [event], { transaction: handle })
  handle.exec('COMMIT')
  await woken
})
