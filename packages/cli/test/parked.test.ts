import { isEventfoldError } from '@eventfold/core'
import { describe, expect, test, vi } from 'vitest'
import { bankConfig, parseLines, run } from './eventfold.ts'
import { openGreeter } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

describe.each(storageKinds)('on %s', (kind) => {
  test('parked events are listed, retried by who runs the consumer, and discarded', async () => {
    const { address, store } = await newBank(kind)
    const greeted: string[] = []
    let isBroken = true
    const greeter = openGreeter(store, (owner) => {
      if (isBroken) throw new Error(`no greeting for ${owner}`)
      greeted.push(owner)
    })
    await greeter.start()
    await greeter.waitFor(await store.head())
    const [first, second] = await greeter.parked()
    const eventfold = (...args: string[]) => run([...args, '--store', address])

    const { output } = await eventfold('parked')
    const [heading, ...rows] = output.trimEnd().split('\n')
    expect(heading).toMatch(/^consumer {2}key +position {2}type +attempts {2}parked at +why$/)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/^greeter +account-1 +\d+ {2}AccountOpened +1 {2}\S+ \S+ {2}no greeting for Ada$/)
    const { output: json } = await eventfold('parked', 'greeter', '--key', 'account-2', '--json')
    expect(parseLines(json)).toMatchObject([
      { consumer: 'greeter', position: second?.position, reason: 'failed', error: { name: 'Error' } },
    ])
    expect(json).not.toContain('at ')

    const status = await eventfold('consumers', '--json', '--config', bankConfig)
    expect(parseLines(status.output)).toMatchObject([
      { name: 'greeter', state: 'running', parked: 2, lag: { events: 0 } },
    ])

    isBroken = false
    const retried = await eventfold('parked', 'retry', 'greeter', String(first?.position))
    expect(retried).toEqual({
      exitCode: 0,
      output: 'Asked for: the parked events of 1 key of greeter.\n',
      errors: '',
    })
    await vi.waitFor(() => expect(greeted).toEqual(['Ada']), { timeout: 10_000 })
    await vi.waitFor(async () => expect(await greeter.parked()).toHaveLength(1), { timeout: 10_000 })
    await greeter.stop()

    const discard = ['parked', 'discard', 'greeter', String(second?.position)]
    const refused = await eventfold(...discard)
    expect(refused).toEqual({
      exitCode: 2,
      output: '',
      errors:
        'error: Not without your consent: greeter will never process 1 parked event. (wrong-usage)\n' +
        'next: To do it, add --yes.\n',
    })
    expect(await greeter.parked()).toHaveLength(1)
    expect(await eventfold(...discard, '--yes')).toMatchObject({ exitCode: 0, output: 'Discarded: 1.\n' })
    expect(await greeter.parked()).toEqual([])
    const nothing = await eventfold('parked')
    expect(nothing).toEqual({ exitCode: 0, output: '', errors: 'Nothing is parked.\n' })
  })
})

test('what cannot be meant is wrong usage, and changes nothing', async () => {
  const { address, store } = await newBank('sqlite')
  const greeter = openGreeter(store, () => {
    throw new Error('broken')
  })
  await greeter.start()
  await greeter.waitFor(await store.head())
  await greeter.stop()
  const parked = (...args: string[]) => run(['parked', ...args, '--store', address])

  const unknown = await parked('retry', 'greater')
  expect(unknown).toMatchObject({ exitCode: 2, output: '' })
  expect(unknown.errors).toContain('There are: greeter')
  expect(await parked('retry', 'greeter', '999')).toMatchObject({ exitCode: 2, output: '' })
  for (const args of [[], ['--all', '--key', 'account-1']]) {
    const { exitCode, errors } = await parked('discard', 'greeter', '--yes', ...args)
    expect(exitCode).toBe(2)
    expect(errors).toContain('by their positions, by --key, or --all')
  }
  expect(await greeter.parked()).toHaveLength(2)
  const offline = await parked('retry', 'greeter')
  expect(offline.errors).toBe('No instance runs now. It is done as soon as one does.\n')
  expect(isEventfoldError(undefined)).toBe(false)
})
