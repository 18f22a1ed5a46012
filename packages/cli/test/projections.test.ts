import { join } from 'node:path'
import type { EventStore } from '@eventfold/core'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { bankConfig, call, parseLines, run } from './eventfold.ts'
import { deposit, openBalances } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

/** The read model, built and stopped, with a document that was changed behind its back. */
async function spoiltBalances(store: EventStore) {
  const balances = openBalances(store, { mode: 'async' })
  await balances.start()
  await balances.waitFor(await store.head())
  await balances.stop()
  const data = JSON.stringify({ owner: 'Eve', cents: 9 })
  await store.adapter.documents?.write([{ collection: 'balances#1', key: '2', data }])
  return balances
}

function projections(address: string, ...args: readonly string[]) {
  return call(['projections', ...args, '--store', address, '--config', bankConfig])
}

function processed(address: string, ...args: readonly string[]) {
  return run(['projections', ...args, '--store', address, '--config', bankConfig])
}

describe.each(storageKinds)('on %s', (kind) => {
  test('a check finds what differs, a dry run what would change, and a rebuild repairs it', async () => {
    const { address, store } = await newBank(kind)
    const balances = await spoiltBalances(store)

    const check = await processed(address, 'check', 'balances', '--json')
    expect(check).toMatchObject({ exitCode: 1, errors: '' })
    expect(JSON.parse(check.output)).toMatchObject({
      ok: false,
      documents: {
        checked: 2,
        differences: [{ key: '2', stored: { owner: 'Eve', cents: 9 }, expected: { owner: 'Bob', cents: 0 } }],
      },
      audit: { complete: true, expected: 4, handled: 4 },
    })

    expect(await projections(address, 'rebuild', 'balances', '--dry-run')).toEqual({
      exitCode: 1,
      output: [
        'A rebuild of balances leaves 1 as they are, and changes 1.',
        '  2',
        '    current  {"owner":"Eve","cents":9}',
        '    rebuilt  {"owner":"Bob","cents":0}',
        '',
      ].join('\n'),
      errors: '',
    })
    expect((await balances.status()).building).toBeUndefined()

    const rebuilt = await processed(address, 'rebuild', 'balances', '--yes', '--json')
    expect(rebuilt.exitCode).toBe(0)
    expect(JSON.parse(rebuilt.output)).toMatchObject({ name: 'balances', handled: 4 })
    expect(await balances.get('2')).toEqual({ owner: 'Bob', cents: 0 })
  })
})

test('projections tells how a read model is, without running it', async () => {
  const { address, store } = await newBank('sqlite')
  const [before] = parseLines((await projections(address, '--json')).output)
  expect(before).toMatchObject({ name: 'balances', state: 'not started', position: 0, parked: 0 })

  const balances = openBalances(store, { mode: 'async', instance: 'one' })
  await balances.start()
  const head = await store.head()
  await balances.waitFor(head)
  const [running] = parseLines((await projections(address, '--json')).output)
  expect(running).toMatchObject({ state: 'running', instances: ['one'], lag: { events: 0, seconds: 0 } })
  await balances.stop()
  await deposit(store, '2', 5)
  const table = await projections(address)
  expect(table).toMatchObject({ exitCode: 0, errors: '' })
  const [heading, row] = table.output.split('\n').map((line) => line.trim().split(/ {2,}/))
  expect(heading?.slice(0, 5)).toEqual(['projection', 'version', 'state', 'position', 'behind'])
  expect(row?.slice(0, 5)).toEqual(['balances', '1', 'stopped', String(head), '1'])
})

test('a rebuild without consent does nothing', async () => {
  const { address, store } = await newBank('sqlite')
  const balances = await spoiltBalances(store)
  const refused = await projections(address, 'rebuild', 'balances')
  expect(refused).toMatchObject({ exitCode: 2, output: '' })
  expect(refused.errors).toContain('add --yes')
  expect((await balances.status()).building).toBeUndefined()
  expect((await balances.get('2'))?.owner).toBe('Eve')
})

test('a rebuild leaves a read model that appends carry with them', async () => {
  const { address, store } = await newBank('sqlite')
  const balances = openBalances(store, { mode: 'inline' })
  await balances.start()
  expect(await projections(address, 'rebuild', 'balances', '--yes')).toMatchObject({ exitCode: 0 })
  await deposit(store, '2', 5)
  expect(await balances.get('2')).toEqual({ owner: 'Bob', cents: 5 })
  expect(parseLines((await projections(address, 'list', '--json')).output)).toMatchObject([
    { state: 'inline' },
  ])
  expect(await projections(address, 'check', 'balances')).toMatchObject({ exitCode: 0 })
})

test('a dry run can be kept, and leaves alone what somebody else is building', async () => {
  const { address, store } = await newBank('sqlite')
  const balances = await spoiltBalances(store)
  expect((await projections(address, 'rebuild', 'balances', '--dry-run', '--keep')).exitCode).toBe(1)
  expect((await balances.status()).building).toMatchObject({ purpose: 'dry-run', handled: 4 })
  await balances.cancelRebuild()

  const interrupt = new AbortController()
  const interrupted = balances.rebuild({
    signal: interrupt.signal,
    onProgress: () => interrupt.abort(new Error('enough')),
  })
  await expect(interrupted).rejects.toThrow('enough')
  const refused = await projections(address, 'rebuild', 'balances', '--dry-run')
  expect(refused).toMatchObject({ exitCode: 2, output: '' })
  expect(refused.errors).toContain('is being built (rebuild)')
  expect((await balances.status()).building).toMatchObject({ purpose: 'rebuild' })
})

test('a rebuild that fails tells where, without what the event holds, and so does the status', async () => {
  const { address } = await newBank('sqlite')
  const config = join(import.meta.dirname, 'programs/failing.config.ts')
  const failing = (...args: string[]) =>
    call(['projections', ...args, '--store', address, '--config', config])
  const { exitCode, output, errors } = await failing('rebuild', 'owners', '--yes')
  expect({ exitCode, output }).toEqual({ exitCode: 3, output: '' })
  expect(errors).toContain(
    'A handler of owners has thrown RangeError at AccountOpened, version 1 of account-2',
  )
  expect(errors).toContain('(handler-failed)')
  expect(errors).not.toContain('Bob')
  expect((await failing()).output).toMatch(/version 1, \d+ % \(rebuild\), failed: no room for Bob/)
})

test('a dry run compares the rows of tables', async () => {
  const { address } = await newBank('sqlite')
  const config = join(import.meta.dirname, 'programs/slow.config.ts')
  const tables = (...args: string[]) => call(['projections', ...args, '--store', address, '--config', config])
  expect(await tables('rebuild', 'owners', '--yes')).toMatchObject({ exitCode: 0 })
  const database = new Database(address)
  const find = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'owners%'"
  const [table] = database.prepare<[], string>(find).pluck().all()
  database.exec(`UPDATE "${table}" SET name = 'Eve' WHERE name = 'Ada'`)
  database.close()
  expect(await tables('rebuild', 'owners', '--dry-run')).toMatchObject({
    exitCode: 1,
    output: [
      'A rebuild of owners leaves 1 as they are, and changes 2.',
      '  owners, only in the current: {"name":"Eve"}',
      '  owners, only in the rebuilt: {"name":"Ada"}',
      '',
    ].join('\n'),
  })
  expect(await tables('check', 'owners')).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/^owners: 2 events up to position \d+, each consumed once/),
  })
})
