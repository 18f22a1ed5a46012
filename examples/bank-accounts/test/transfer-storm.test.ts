import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { repository } from '@eventfold/core'
import { expect, test } from 'vitest'
import { Account } from '../src/account.ts'
import { openTransfers } from '../src/open-transfers.ts'
import { Transfer } from '../src/transfer.ts'
import { newDemoStore } from './demo-stores.ts'

const program = fileURLToPath(new URL('./programs/transfer-worker.ts', import.meta.url))
const accountCount = 20
const transferCount = 100
const workerCount = 4
const kills = 4
const start = 1_000

/** A worker of its own process, which is started again whenever it is killed. */
class Worker {
  readonly #start: () => ChildProcess
  #child: ChildProcess

  constructor(store: string, address: string) {
    this.#start = () =>
      fork(program, [store, '2'], {
        execArgv: ['-C', '@eventfold/source'],
        env: { ...process.env, BANK_DATABASE: address },
      })
    this.#child = this.#start()
  }

  async ready() {
    await once(this.#child, 'message')
  }

  async kill() {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    expect((await gone)[1]).toBe('SIGKILL')
    this.#child = this.#start()
  }

  async stop() {
    const gone = once(this.#child, 'exit')
    this.#child.send('stop')
    expect(await gone).toEqual([0, null])
  }
}

/** Numbers from 0 to `below`, the same in every run. */
function numbers(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

test.each(['sqlite', 'postgres'] as const)(
  'a storm of transfers under kill -9 ends with all the money, no transfer half done, and none done twice, on %s',
  { timeout: 150_000 },
  async (name) => {
    const { store, address = '' } = await newDemoStore(name)
    const random = numbers(7)
    const accounts = repository(Account, store)
    const ids = Array.from({ length: accountCount }, (_, index) => `a${index}`)
    for (const id of ids) {
      await accounts.execute(id, 'open', { openedOn: '2026-01-01' })
      await accounts.execute(id, 'deposit', {
        amount: start,
        bookedOn: '2026-01-01',
        reference: `start ${id}`,
      })
    }
    // One account takes nothing, so some transfers have to be undone.
    await accounts.execute('closed', 'open', { openedOn: '2026-01-01' })
    await accounts.execute('closed', 'close', { closedOn: '2026-01-01' })

    const { bus, transfers } = openTransfers(store)
    const workers = Array.from({ length: workerCount }, () => new Worker(name, address))
    await Promise.all(workers.map((worker) => worker.ready()))
    const keys = Array.from({ length: transferCount }, (_, index) => `t${index}`)
    const requested = keys.map(async (key) => {
      const from = random(accountCount)
      const to = (from + 1 + random(accountCount - 1)) % accountCount
      const input = {
        from: `a${from}`,
        to: random(10) === 0 ? 'closed' : `a${to}`,
        amount: 1 + random(900),
        requestedOn: '2026-01-02',
      }
      await bus.send({ command: 'transfer.request', to: key, input })
      return { key, ...input }
    })
    const requests = await Promise.all(requested)

    // Each kill comes when some more transfers have ended, so at moments that differ in every run.
    const ended = async () =>
      (await transfers.find({ limit: 1_000 })).filter(({ status }) => status !== 'running').length
    for (let kill = 1; kill <= kills; kill++) {
      await expect
        .poll(ended, { timeout: 60_000, interval: 25 })
        .toBeGreaterThanOrEqual((kill * transferCount) / (2 * kills))
      await workers[random(workerCount)]?.kill()
    }
    await expect.poll(ended, { timeout: 90_000, interval: 25 }).toBe(transferCount)
    const instances = await Promise.all(keys.map((key) => transfers.get(key)))
    await Promise.all(workers.map((worker) => worker.stop()))

    const expected = new Map(ids.map((id) => [id, start]))
    const add = (id: string, amount: number) => expected.set(id, (expected.get(id) ?? 0) + amount)
    const references: string[] = []
    for (const [index, { key, from, to, amount }] of requests.entries()) {
      const status = instances[index]?.status
      expect((await repository(Transfer, store).load(key)).state.status).toBe(status)
      const history = await transfers.history(key)
      expect(history.filter(({ type }) => type === 'SagaStarted')).toHaveLength(1)
      expect(history.filter(({ type }) => type === 'SagaEnded')).toHaveLength(1)
      if (status === 'completed') {
        add(from, -amount)
        add(to, amount)
        references.push(`transfer ${key} out`, `transfer ${key} in`)
      } else if (instances[index]?.state.steps['withdraw'] === 'compensated') {
        references.push(`transfer ${key} out`, `transfer ${key} back`)
      }
    }
    const found = new Map<string, number>()
    const booked: string[] = []
    for (const id of ids) {
      found.set(id, (await accounts.load(id)).state.balance)
      for (const { data } of await store.readStream(`account-${id}`)) {
        const { reference } = data as { reference?: string }
        if (reference?.startsWith('transfer') === true) booked.push(reference)
      }
    }
    expect([...found.values()].reduce((sum, balance) => sum + balance, 0)).toBe(accountCount * start)
    expect(found).toEqual(expected)
    expect(booked.sort()).toEqual(references.sort())
    const statuses = instances.map((instance) => instance?.status)
    expect(statuses).toContain('completed')
    expect(statuses).toContain('failed')
    expect(await transfers.stuck()).toEqual([])
  },
)
