import { describe, expect, test, vi } from 'vitest'
import { bankConfig, parseLines, run } from './eventfold.ts'
import { openTransfers } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

describe.each(storageKinds)('on %s', (kind) => {
  test('stuck sagas are listed, explained, retried and resolved', async () => {
    const { address, store } = await newBank(kind)
    let isOpen = false
    const transfers = openTransfers(store, () => isOpen)
    await transfers.start()
    for (const key of ['7', '8']) {
      const data = { from: 'ada', to: 'bob' }
      await store.append(`transfer-${key}`, [{ type: 'TransferRequested', data }])
    }
    await vi.waitFor(async () => expect(await transfers.stuck()).toHaveLength(2), { timeout: 20_000 })
    const sagas = (...args: string[]) => run(['sagas', ...args, '--store', address, '--config', bankConfig])

    const { output } = await sagas()
    const [heading, ...rows] = output.trimEnd().split('\n')
    expect(heading).toMatch(/^saga +key {2}status {2}began +last input +why$/)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(
      /^moneyTransfer +7 +stuck .* could not undo withdraw \(bank\.deposit: no deposits/,
    )

    const history = parseLines((await sagas('history', 'moneyTransfer', '7', '--json')).output)
    expect(history.map((entry) => entry['type'])).toEqual([
      'SagaStarted',
      'CommandSent',
      'CommandDone',
      'CommandSent',
      'CommandRefused',
      'CommandSent',
      'CommandRefused',
      'SagaStuck',
    ])

    isOpen = true
    const retried = await sagas('retry', 'moneyTransfer', '7', '--note', 'open again')
    expect(retried).toMatchObject({ exitCode: 0, errors: '' })
    expect((await transfers.ended('7', { timeout: 20_000 })).status).toBe('failed')

    const resolve = ['resolve', 'moneyTransfer', '8', '--as', 'completed', '--note', 'paid by hand']
    expect(await sagas(...resolve)).toMatchObject({ exitCode: 2, output: '' })
    expect((await transfers.get('8'))?.status).toBe('stuck')
    expect(await sagas(...resolve, '--yes')).toMatchObject({ exitCode: 0, errors: '' })
    expect(await transfers.ended('8', { timeout: 20_000 })).toMatchObject({ status: 'completed' })
    expect(await sagas()).toEqual({ exitCode: 0, output: '', errors: 'No instance is stuck.\n' })
    const all = parseLines((await sagas('moneyTransfer', '--status', 'all', '--json')).output)
    expect(all).toMatchObject([
      { saga: 'moneyTransfer', key: '7', status: 'failed' },
      { saga: 'moneyTransfer', key: '8', status: 'completed' },
    ])
    await transfers.stop()

    const late = await sagas('retry', 'moneyTransfer', '8')
    expect(late).toMatchObject({ exitCode: 2, output: '' })
    expect(late.errors).toContain('(saga-not-stuck)')
  })
})

test('without a config that has sagas, they are asked for', async () => {
  const { address } = await newBank('sqlite')
  const { exitCode, errors } = await run(['sagas', '--store', address])
  expect(exitCode).toBe(2)
  expect(errors).toContain('`sagas` in eventfold.config.ts')
})
