import type { EventStore } from '@eventfold/core'
import { describe, expect, test, vi } from 'vitest'
import { bankConfig, call, parseLines, run } from './eventfold.ts'
import { openGreeter } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

/** A greeter that has parked both openings of accounts, and still runs. */
async function failedGreeter(store: EventStore) {
  const greeted: string[] = []
  const outcome = { isBroken: true, greeted }
  const greeter = openGreeter(store, (owner) => {
    if (outcome.isBroken) throw new Error(`no greeting for ${owner}`)
    greeted.push(owner)
  })
  await greeter.start()
  await greeter.waitFor(await store.head())
  return { greeter, outcome, parked: await greeter.parked() }
}

describe.each(storageKinds)('on %s', (kind) => {
  test('parked events are listed, retried by who runs the consumer, and discarded', async () => {
    const { address, store } = await newBank(kind)
    const { greeter, outcome, parked } = await failedGreeter(store)
    const [first, second] = parked
    const eventfold = (...args: string[]) => call(['parked', ...args, '--store', address])

    const { output } = await eventfold()
    const [heading, ...rows] = output.trimEnd().split('\n')
    expect(heading).toMatch(/^consumer {2}key +position {2}type +attempts {2}parked at +why$/)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/^greeter +account-1 +\d+ {2}AccountOpened +1 {2}\S+ \S+ {2}no greeting for Ada$/)

    outcome.isBroken = false
    const retry = ['parked', 'retry', 'greeter', String(first?.position), '--store', address]
    expect(await run(retry)).toEqual({
      exitCode: 0,
      output: 'Asked for: the parked events of 1 key of greeter.\n',
      errors: '',
    })
    await vi.waitFor(async () => expect(await greeter.parked()).toHaveLength(1), { timeout: 10_000 })
    expect(outcome.greeted).toEqual(['Ada'])
    await greeter.stop()

    const discarded = await eventfold('discard', 'greeter', String(second?.position), '--yes')
    expect(discarded).toEqual({ exitCode: 0, output: 'Discarded: 1.\n', errors: '' })
    expect(await greeter.parked()).toEqual([])
    const consumers = await run(['consumers', '--store', address])
    expect(consumers).toMatchObject({ exitCode: 0, errors: '' })
    expect(consumers.output).toMatch(/^greeter +stopped +0 /m)
  })
})

test('nothing is discarded without consent', async () => {
  const { address, store } = await newBank('sqlite')
  const { greeter, parked } = await failedGreeter(store)
  const position = String(parked[1]?.position)
  expect(await call(['parked', 'discard', 'greeter', position, '--store', address])).toEqual({
    exitCode: 2,
    output: '',
    errors:
      'error: Not without your consent: greeter will never process 1 parked event. (wrong-usage)\n' +
      'next: To do it, add --yes.\n',
  })
  expect(await greeter.parked()).toHaveLength(2)
  await greeter.stop()
})

test('scripts read how consumers are, and what they hold back', async () => {
  const { address, store } = await newBank('sqlite')
  const { greeter, parked } = await failedGreeter(store)
  const status = await call(['consumers', '--json', '--store', address, '--config', bankConfig])
  expect(parseLines(status.output)).toMatchObject([
    { name: 'greeter', state: 'running', parked: 2, lag: { events: 0 } },
  ])
  await greeter.stop()
  const { output } = await call(['parked', 'greeter', '--key', 'account-2', '--json', '--store', address])
  expect(parseLines(output)).toMatchObject([
    { consumer: 'greeter', position: parked[1]?.position, reason: 'failed', error: { name: 'Error' } },
  ])
  expect(output).not.toContain('stack')
})

test('what cannot be meant is wrong usage, and changes nothing', async () => {
  const { address, store } = await newBank('sqlite')
  const { greeter } = await failedGreeter(store)
  await greeter.stop()
  const parked = (...args: string[]) => call(['parked', ...args, '--store', address])
  const unknown = await parked('retry', 'greater')
  expect(unknown).toMatchObject({ exitCode: 2, output: '' })
  expect(unknown.errors).toContain('There are: greeter')
  expect(await parked('retry', 'greeter', '999')).toMatchObject({ exitCode: 2, output: '' })
  const everything = await parked('discard', 'greeter', '--yes')
  expect(everything.exitCode).toBe(2)
  expect(everything.errors).toContain('by their positions, by --key, or --all')
  expect(await greeter.parked()).toHaveLength(2)
})
