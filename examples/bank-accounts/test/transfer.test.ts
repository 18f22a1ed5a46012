import { repository } from '@eventfold/core'
import { specify } from '@eventfold/testing'
import { describe, expect, test } from 'vitest'
import { Account } from '../src/account.ts'
import { openTransfers } from '../src/open-transfers.ts'
import { Transfer } from '../src/transfer.ts'
import { stores } from './stores.ts'

const transfer = specify(Transfer)
const order = { from: 'ada', to: 'bob', amount: 500, requestedOn: '2026-01-02' }
const requested = { type: 'TransferRequested', data: order } as const
const completed = { type: 'TransferCompleted', data: {} } as const

describe('a transfer', () => {
  test('is requested once, between two accounts', async () => {
    await transfer.given().when('request', order).then([requested])
    await transfer.given([requested]).when('request', order).then({ code: 'transfer-exists' })
    await transfer
      .given()
      .when('request', { ...order, to: 'ada' })
      .then({ code: 'same-account' })
  })

  test('ends once', async () => {
    await transfer.given([requested]).when('complete', {}).then([completed])
    await transfer.given([requested, completed]).when('complete', {}).then([])
    await transfer.given([requested, completed]).when('fail', {}).then([])
  })
})

describe.each(stores)('on %s', (_name, openStore) => {
  async function fixture() {
    const store = await openStore()
    const { bus, transfers } = openTransfers(store, { pollInterval: 50, batchInterval: 0 })
    const accounts = repository(Account, store)
    for (const id of ['ada', 'bob', 'eve']) await accounts.execute(id, 'open', { openedOn: '2026-01-01' })
    await accounts.execute('ada', 'deposit', { amount: 1_000, bookedOn: '2026-01-01', reference: 'start' })
    await transfers.start()
    return {
      accounts,
      transfers,
      move: async (id: string, more: Partial<typeof order> = {}) => {
        await bus.send({ command: 'transfer.request', to: id, input: { ...order, ...more } })
        return transfers.ended(id)
      },
      balances: async () =>
        Promise.all(['ada', 'bob', 'eve'].map(async (id) => (await accounts.load(id)).state.balance)),
    }
  }

  test('money goes out of one account and into the other', async () => {
    const { move, balances, transfers } = await fixture()
    expect(await move('1')).toMatchObject({ status: 'completed' })
    expect(await balances()).toEqual([500, 500, 0])
    await transfers.stop()
  })

  test('money that is not there does not move', async () => {
    const { move, balances, transfers } = await fixture()
    const { status, reason } = await move('1', { amount: 1_001 })
    expect([status, reason]).toEqual(['failed', 'account.withdraw: 10.01 is more than the 10.00 available.'])
    expect(await balances()).toEqual([1_000, 0, 0])
    await transfers.stop()
  })

  test('money goes back where the other account does not take it', async () => {
    const { move, balances, accounts, transfers } = await fixture()
    await accounts.execute('bob', 'close', { closedOn: '2026-01-01' })
    const { status, state } = await move('1')
    expect(status).toBe('failed')
    expect(state.steps).toEqual({
      request: 'compensated',
      withdraw: 'compensated',
      deposit: 'refused',
    })
    expect(await balances()).toEqual([1_000, 0, 0])
    await transfers.stop()
  })
})
