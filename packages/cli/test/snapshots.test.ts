import { describe, expect, test } from 'vitest'
import { bankConfig, call, run } from './eventfold.ts'
import { takeSnapshot } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

describe.each(storageKinds)('on %s', (kind) => {
  test('snapshots are verified, and removed', async () => {
    const { address, store } = await newBank(kind)
    const place = ['--store', address, '--config', bankConfig]
    const count = async () => {
      const documents = (await store.adapter.transfer?.listDocuments(undefined, 100)) ?? []
      return documents.filter(({ collection }) => collection.startsWith('eventfold:snapshots/')).length
    }
    await takeSnapshot(store, '1')
    await takeSnapshot(store, '1', 2)
    // In this process, as another way to compile makes other code.
    expect(await call(['snapshots', 'verify', ...place])).toEqual({
      exitCode: 0,
      output: 'account: 1 snapshot checked, all as the events say.\n',
      errors: '',
    })
    expect(await count()).toBe(2)
    expect(await call(['snapshots', 'remove-others', 'account', ...place])).toMatchObject({
      exitCode: 0,
      output: 'Removed all snapshots of other code of: account.\n',
    })
    expect(await count()).toBe(1)
    const { output } = await run(['snapshots', 'clear', '--json', ...place])
    expect(JSON.parse(output)).toEqual({ cleared: ['account'] })
    expect(await count()).toBe(0)
  })
})

test('a snapshot that is not what the events say is told', async () => {
  const { address, store } = await newBank('sqlite')
  await takeSnapshot(store, '1')
  const place = ['--store', address, '--config', bankConfig]
  const documents = await store.adapter.transfer?.listDocuments(undefined, 100)
  const taken = documents?.find(({ collection }) => collection.startsWith('eventfold:snapshots/'))
  if (taken === undefined) throw new Error('there is no snapshot')
  await store.adapter.documents?.write([{ ...taken, data: `${taken.data} `, expected: taken.data }])
  expect((await call(['snapshots', 'verify', ...place])).output).toMatch(
    /\n {2}1 is damaged: loads ignore it/,
  )
})

test('what has no snapshots is asked for', async () => {
  const { address } = await newBank('sqlite')
  const without = await call(['snapshots', 'verify', '--store', address, '--no-config'])
  expect(without).toMatchObject({ exitCode: 2, output: '' })
  expect(without.errors).toContain('withRepository(')
  const other = await call(['snapshots', 'clear', 'transfer', '--store', address, '--config', bankConfig])
  expect(other.errors).toContain('There are some of: account')
})
