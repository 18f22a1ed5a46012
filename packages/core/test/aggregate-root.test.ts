import { aggregateRoot, DomainError, defineAggregate, rootRepository } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: { cents: 0 },
  events: {
    Deposited: z.object({ cents: z.int().positive() }),
    Withdrawn: z.object({ cents: z.int().positive() }),
    Audited: z.object({ by: z.string().refine(async () => true) }),
  },
  evolve: {
    Deposited: (state, { cents }) => ({ cents: state.cents + cents }),
    Withdrawn: (state, { cents }) => ({ cents: state.cents - cents }),
    Audited: (state) => state,
  },
})

class BankAccount extends aggregateRoot(Account) {
  deposit(cents: number): void {
    this.record('Deposited', { cents })
  }

  withdraw(cents: number): void {
    if (this.state.cents < cents) throw new DomainError('insufficient-funds')
    this.record('Withdrawn', { cents })
  }
}

test('methods see what they recorded, and save appends it all', async () => {
  const store = openMemory()
  const accounts = rootRepository(BankAccount, store)
  const account = await accounts.load('42')
  account.deposit(10)
  account.withdraw(4)
  expect(account).toMatchObject({ id: '42', stream: 'account-42', state: { cents: 6 }, version: 0 })
  expect(account.pendingEvents).toEqual([
    { type: 'Deposited', data: { cents: 10 } },
    { type: 'Withdrawn', data: { cents: 4 } },
  ])
  expect(await accounts.save(account, { metadata: { actor: 'ada' } })).toMatchObject({ version: 2 })
  expect(account).toMatchObject({ version: 2, pendingEvents: [] })
  expect(await accounts.save(account)).toBeUndefined()
  const [first] = await store.readStream('account-42')
  expect(first?.metadata).toEqual({ actor: 'ada' })
  expect((await accounts.load('42')).state).toEqual({ cents: 6 })
  expect((await accounts.load('42', { version: 1 })).state).toEqual({ cents: 10 })
})

test('what is recorded while an instance is being saved is kept for the next time', async () => {
  const accounts = rootRepository(BankAccount, openMemory())
  const account = await accounts.load('42')
  account.deposit(10)
  const saving = accounts.save(account)
  account.deposit(5)
  expect(await saving).toMatchObject({ version: 1 })
  expect(account).toMatchObject({ version: 1, pendingEvents: [{ type: 'Deposited', data: { cents: 5 } }] })
  expect(await accounts.save(account)).toMatchObject({ version: 2 })
  expect((await accounts.load('42')).state).toEqual(account.state)
})

test('an instance that somebody else has overtaken cannot be saved', async () => {
  const accounts = rootRepository(BankAccount, openMemory())
  const [slow, fast] = [await accounts.load('42'), await accounts.load('42')]
  fast.deposit(1)
  slow.deposit(2)
  await accounts.save(fast)
  await expect(accounts.save(slow)).rejects.toMatchObject({ code: 'concurrency', actual: 1 })
  expect(slow.pendingEvents).toHaveLength(1)
})

test('update decides again on a fresh instance after a conflict', async () => {
  const store = openMemory()
  const accounts = rootRepository(BankAccount, store)
  let calls = 0
  const account = await accounts.update('42', async (fresh) => {
    fresh.deposit(1)
    if (++calls < 3) await store.append('account-42', [{ type: 'Deposited', data: { cents: 100 } }])
  })
  expect([calls, account.state.cents, account.version]).toEqual([3, 201, 3])
})

test('update gives up after its attempts, and never retries a refusal', async () => {
  const store = openMemory()
  const accounts = rootRepository(BankAccount, store, { maxAttempts: 2 })
  const losing = accounts.update('42', async (account) => {
    account.deposit(1)
    await store.append('account-42', [{ type: 'Deposited', data: { cents: 100 } }])
  })
  await expect(losing).rejects.toMatchObject({ code: 'concurrency' })
  let calls = 0
  const refused = accounts.update('43', (account) => {
    calls++
    account.withdraw(1)
  })
  await expect(refused).rejects.toMatchObject({ code: 'insufficient-funds' })
  expect(calls).toBe(1)
})

test('an event that does not fit is refused where it is recorded', async () => {
  const account = await rootRepository(BankAccount, openMemory()).load('42')
  expect(() => account.deposit(-1)).toThrow(
    expect.objectContaining({ code: 'invalid-event', pointer: '/cents' }),
  )
  expect(() => account.record('Audited', { by: 'eve' })).toThrow(/asynchronous/)
  expect(account).toMatchObject({ state: { cents: 0 }, pendingEvents: [] })
})
