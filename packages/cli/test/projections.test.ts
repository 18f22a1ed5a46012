import { describe, expect, test } from 'vitest'
import { bankConfig, parseLines, run } from './eventfold.ts'
import { deposit, openBalances } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

/** Changes a document behind the back of its projection. */
async function spoil({ store }: Awaited<ReturnType<typeof newBank>>): Promise<void> {
  const data = JSON.stringify({ owner: 'Eve', cents: 9 })
  await store.adapter.documents?.write([{ collection: 'balances#1', key: '2', data }])
}

describe.each(storageKinds)('on %s', (kind) => {
  test('projections tells how a read model is, without running it', async () => {
    const { address, store } = await newBank(kind)
    const projections = (...args: string[]) =>
      run(['projections', '--store', address, '--config', bankConfig, ...args])
    const [before] = parseLines((await projections('--json')).output)
    expect(before).toMatchObject({ name: 'balances', state: 'not started', position: 0, parked: 0 })

    const balances = openBalances(store, { mode: 'async', instance: 'one' })
    await balances.start()
    const head = await store.head()
    await balances.waitFor(head)
    const [running] = parseLines((await projections('--json')).output)
    expect(running).toMatchObject({ state: 'running', instances: ['one'], lag: { events: 0, seconds: 0 } })
    await balances.stop()
    await deposit(store, '2', 5)
    const table = await projections()
    expect(table).toMatchObject({ exitCode: 0, errors: '' })
    const [heading, row] = table.output.split('\n').map((line) => line.trim().split(/ {2,}/))
    expect(heading).toEqual([
      'projection',
      'version',
      'state',
      'position',
      'behind',
      'seconds',
      'parked',
      'building',
    ])
    expect(row?.slice(0, 4)).toEqual(['balances', '1', 'stopped', String(head)])
    expect(Number(row?.[4])).toBeGreaterThan(0)
  })

  test('a check finds what differs, a dry run what would change, and a rebuild repairs it', async () => {
    const bank = await newBank(kind)
    const { address, store } = bank
    const balances = openBalances(store, { mode: 'async' })
    await balances.start()
    await balances.waitFor(await store.head())
    await balances.stop()
    const projections = (...args: string[]) =>
      run(['projections', ...args, '--store', address, '--config', bankConfig])

    const good = await projections('check', 'balances')
    expect(good).toMatchObject({ exitCode: 0, errors: '' })
    expect(good.output.split('\n')[0]).toBe('balances: 2 documents checked, all as the events say.')
    expect(good.output).toContain('balances: 4 events up to position')

    await spoil(bank)
    const bad = await projections('check', 'balances', '--json')
    expect(bad.exitCode).toBe(1)
    expect(JSON.parse(bad.output)).toMatchObject({
      ok: false,
      documents: {
        checked: 2,
        differences: [{ key: '2', stored: { owner: 'Eve', cents: 9 }, expected: { owner: 'Bob', cents: 0 } }],
      },
      audit: { complete: true, expected: 4, handled: 4 },
    })
    expect(await projections('check', 'balances', '--key', '1')).toMatchObject({ exitCode: 0 })

    const dry = await projections('rebuild', 'balances', '--dry-run')
    expect(dry).toEqual({
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

    const refused = await projections('rebuild', 'balances')
    expect(refused).toMatchObject({ exitCode: 2, output: '' })
    expect(refused.errors).toContain('add --yes')
    expect((await balances.get('2'))?.owner).toBe('Eve')

    const rebuilt = await projections('rebuild', 'balances', '--yes', '--json')
    // No terminal, no bar.
    expect(rebuilt).toMatchObject({ exitCode: 0, errors: '' })
    expect(JSON.parse(rebuilt.output)).toMatchObject({ name: 'balances', handled: 4 })
    expect(await balances.get('2')).toEqual({ owner: 'Bob', cents: 0 })
  })
})

test('a rebuild leaves a read model that appends carry with them', async () => {
  const { address, store } = await newBank('sqlite')
  const balances = openBalances(store, { mode: 'inline' })
  await balances.start()
  const projections = (...args: string[]) =>
    run(['projections', ...args, '--store', address, '--config', bankConfig, '--json'])
  expect(parseLines((await projections('list')).output)).toMatchObject([{ state: 'inline' }])
  expect(await projections('rebuild', 'balances', '--yes')).toMatchObject({ exitCode: 0 })
  await deposit(store, '2', 5)
  expect(await balances.get('2')).toEqual({ owner: 'Bob', cents: 5 })
  expect(await projections('check', 'balances')).toMatchObject({ exitCode: 0 })
})

test('a dry run does not touch what somebody is building, and a rebuild goes on with what was kept', async () => {
  const bank = await newBank('sqlite')
  const { address, store } = bank
  const balances = openBalances(store, { mode: 'async' })
  await balances.start()
  await balances.stop()
  await spoil(bank)
  const rebuild = (...args: string[]) =>
    run(['projections', 'rebuild', 'balances', ...args, '--store', address, '--config', bankConfig])

  expect((await rebuild('--dry-run', '--keep')).exitCode).toBe(1)
  expect((await balances.status()).building).toMatchObject({ purpose: 'dry-run', handled: 4 })
  await balances.cancelRebuild()

  const interrupt = new AbortController()
  const interrupted = balances.rebuild({
    signal: interrupt.signal,
    onProgress: () => interrupt.abort(new Error('enough')),
  })
  await expect(interrupted).rejects.toThrow('enough')
  const refused = await rebuild('--dry-run')
  expect(refused).toMatchObject({ exitCode: 2, output: '' })
  expect(refused.errors).toContain('is being built (rebuild)')
  expect((await balances.status()).building).toMatchObject({ purpose: 'rebuild' })
})
