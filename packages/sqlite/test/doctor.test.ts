import { closeSync, openSync, writeSync } from 'node:fs'
import { doctor } from '@eventfold/core'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { FileInspection } from '../src/file-inspection.ts'
import { networkDriveOfType } from '../src/network-drive.ts'
import { openHandle, openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

const large = (count: number) =>
  Array.from({ length: count }, () => ({ type: 'Noted', data: { text: 'x'.repeat(20_000) } }))

test('a healthy file has a size, and nothing to complain of', async () => {
  const store = await openTestStore()
  await store.append('note-1', large(10))
  const findings = await doctor(store, { thorough: true })
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
    ['log', 'info'],
    ['sqlite-size', 'info'],
  ])
  const { bytes, walBytes } = findings[1]?.details ?? {}
  expect(Number(bytes) + Number(walBytes)).toBeGreaterThan(200_000)
})

test('a store that does not wait for the disk is named', async () => {
  const store = await openTestStore({ synchronous: 'normal', workerThread: true })
  expect((await doctor(store))[0]).toMatchObject({ code: 'sqlite-synchronous', severity: 'warning' })
})

test('objects that are missing, changed, or of somebody else are named', async () => {
  const store = await openTestStore()
  const handle = openHandle(store.path)
  handle.exec(`
    DROP TRIGGER eventfold_events_no_delete;
    DROP INDEX eventfold_events_by_id;
    CREATE INDEX eventfold_events_by_id ON eventfold_events (id);
    CREATE INDEX my_types ON eventfold_events (type);
    CREATE TRIGGER my_audit AFTER INSERT ON eventfold_documents BEGIN SELECT 1; END`)
  const findings = await doctor(store)
  const named = findings.map(({ code, severity, details }) => [code, severity, details['name']])
  expect(named).toEqual([
    ['sqlite-schema-object', 'error', 'eventfold_events_by_id'],
    ['sqlite-schema-object', 'error', 'eventfold_events_no_delete'],
    ['sqlite-foreign-object', 'warning', 'my_audit'],
    ['sqlite-foreign-object', 'warning', 'my_types'],
    ['log', 'info', undefined],
    ['sqlite-size', 'info', undefined],
  ])
  const missing = findings.find(({ message }) => message.includes('is missing'))
  handle.exec(missing?.advice.split('with: ')[1] ?? '')
  expect((await doctor(store)).filter(({ severity }) => severity === 'error')).toHaveLength(1)
})

test('a reader that keeps the write-ahead log from being emptied is noticed', async () => {
  const store = await openTestStore({ synchronous: 'normal' })
  await store.append('note-1', large(1))
  const handle = openHandle(store.path)
  const reading = handle.prepare('SELECT * FROM eventfold_events').iterate()
  reading.next()
  for (let round = 0; round < 36; round++) await store.append('note-1', large(100))
  const findings = await doctor(store)
  expect(findings.find(({ code }) => code === 'sqlite-wal-large')).toMatchObject({ severity: 'warning' })
  reading.return?.()
})

test('damage is found where somebody looks for it', async () => {
  const store = await openTestStore()
  await store.append('note-1', large(100))
  await store.close()
  const file = openSync(store.path, 'r+')
  writeSync(file, Buffer.alloc(4096 * 20, 0xff), 0, 4096 * 20, 4096 * 40)
  closeSync(file)
  const damaged = await openTestStore({}, store.path)
  expect((await doctor(damaged)).map(({ code }) => code)).not.toContain('sqlite-damaged')
  const [first] = await doctor(damaged, { thorough: true })
  expect(first).toMatchObject({ code: 'sqlite-damaged', severity: 'error' })
  expect(first?.details['problems']).not.toEqual([])
})

test('a file that is in another journal mode is named', () => {
  const path = temporaryFile()
  const database = new Database(path)
  database.exec('CREATE TABLE notes (text TEXT)')
  const findings = new FileInspection(database, { path, synchronous: 'full' }).findings({ thorough: false })
  expect(findings[0]).toMatchObject({ code: 'sqlite-journal-mode', details: { mode: 'delete' } })
  database.close()
})

test('network drives are told by their kind', () => {
  expect([0x6969, -11317950, 0xff534d42, 0xef53, 0x01021994].map(networkDriveOfType)).toEqual([
    'NFS',
    'CIFS',
    'CIFS',
    undefined,
    undefined,
  ])
})
