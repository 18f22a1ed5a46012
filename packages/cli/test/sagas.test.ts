import type { EventStore } from '@eventfold/core'
import { describe, expect, test, vi } from 'vitest'
import { bankConfig, call, parseLines, run } from './eventfold.ts'
import { openTransfers } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

/** Transfers that run, of which two are stuck until the bank is open. */
async function stuckTransfers(store: EventStore) {
  const bank = { isOpen: false }
  const transfers = openTransfers(store, () => bank.isOpen)
  await transfers.start()
  for (const key of ['7', '8']) {
    await store.append(`transfer-${key}`, [{ type: 'TransferRequested', data: { from: 'ada', to: 'bob' } }])
  }
  await vi.waitFor(async () => expect(await transfers.stuck()).toHaveLength(2), { timeout: 20_000 })
  return { bank, transfers }
}

function sagas(address: string, ...args: readonly string[]) {
  return call(['sagas', ...args, '--store', address, '--config', bankConfig])
}

function processed(address: string, ...args: readonly string[]) {
  return run(['sagas', ...args, '--store', address, '--config', bankConfig])
}

describe.each(storageKinds)('on %s', (kind) => {
  test('stuck sagas are listed, retried and resolved', async () => {
    const { address, store } = await newBank(kind)
    const { bank, transfers } = await stuckTransfers(store)
    const { output } = await sagas(address)
    const [heading, ...rows] = output.trimEnd().split('\n')
    expect(heading).toMatch(/^saga +key {2}status {2}began +last input +why$/)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(
      /^moneyTransfer +7 +stuck .* could not undo withdraw \(bank\.deposit: no deposits/,
    )

    bank.isOpen = true
    const retried = await sagas(address, 'retry', 'moneyTransfer', '7', '--note', 'open again')
    expect(retried).toMatchObject({ exitCode: 0, errors: '' })
    expect((await transfers.ended('7', { timeout: 20_000 })).status).toBe('failed')

    const resolved = await processed(address, 'resolve', 'moneyTransfer', '8', '--as', 'completed', '--yes')
    expect(resolved).toMatchObject({ exitCode: 0, errors: '' })
    expect(await transfers.ended('8', { timeout: 20_000 })).toMatchObject({ status: 'completed' })
    await transfers.stop()
  })
})

test('instances are explained, and change only with consent and where they can', async () => {
  const { address, store } = await newBank('sqlite')
  const { bank, transfers } = await stuckTransfers(store)
  const history = parseLines((await sagas(address, 'history', 'moneyTransfer', '7', '--json')).output)
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
  const refused = await sagas(address, 'resolve', 'moneyTransfer', '8', '--as', 'failed')
  expect(refused).toMatchObject({ exitCode: 2, output: '' })
  expect((await transfers.get('8'))?.status).toBe('stuck')

  bank.isOpen = true
  await transfers.retry('7')
  await transfers.ended('7', { timeout: 20_000 })
  await transfers.stop()
  const late = await sagas(address, 'retry', 'moneyTransfer', '7')
  expect(late).toMatchObject({ exitCode: 2, output: '' })
  expect(late.errors).toContain('(saga-not-stuck)')
  expect(
    parseLines((await sagas(address, 'moneyTransfer', '--status', 'all', '--json')).output),
  ).toMatchObject([
    { saga: 'moneyTransfer', key: '7', status: 'failed' },
    { saga: 'moneyTransfer', key: '8', status: 'stuck' },
  ])
})

test('without a config that has sagas, they are asked for', async () => {
  const { address } = await newBank('sqlite')
  const { exitCode, errors } = await call(['sagas', '--store', address])
  expect(exitCode).toBe(2)
  expect(errors).toContain('`sagas` in eventfold.config.ts')
})
