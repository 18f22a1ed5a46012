import { describe, expect, test } from 'vitest'
import { call, parseLines, run } from './eventfold.ts'
import { openGreeter } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

describe.each(storageKinds)('on %s', (kind) => {
  test('the doctor tells what it finds, errors first', async () => {
    const { address, store } = await newBank(kind)
    const sound = await run(['doctor', '--store', address])
    expect(sound).toMatchObject({ exitCode: 0, errors: '' })
    expect(sound.output).toMatch(/^severity {2}code +what, and what to do\n/)
    expect(sound.output).toMatch(
      new RegExp(`^info +log +The log of this ${kind} store .* Back it up\\.$`, 'm'),
    )

    const greeter = openGreeter(store, () => {})
    await greeter.start()
    await greeter.waitFor(await store.head())
    await greeter.stop()
    const doctor = (...args: string[]) =>
      call(['doctor', '--json', '--thorough', ...args, '--store', address])
    const idle = await doctor()
    expect(idle.exitCode).toBe(0)
    expect(parseLines(idle.output)[0]).toMatchObject({ severity: 'warning', code: 'consumer-idle' })
    expect((await doctor('--strict')).exitCode).toBe(1)

    // As if the events were of another backup than the checkpoint.
    const { adapter } = store
    const partitions = await adapter.transfer?.listDocuments(undefined, 100)
    const checkpoint = partitions?.find(({ data }) => data.includes('"position"'))
    if (checkpoint === undefined) throw new Error('there is no checkpoint')
    const data = checkpoint.data.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '00000000-0000-7000-8000-000000000000')
    await adapter.documents?.write([{ ...checkpoint, data, expected: checkpoint.data }])
    const diverged = await doctor()
    expect(diverged.exitCode).toBe(1)
    const severities = parseLines(diverged.output).map(({ severity }) => String(severity))
    expect(severities[0]).toBe('error')
    expect(severities).toEqual(severities.toSorted((a, b) => rank.indexOf(a) - rank.indexOf(b)))
  })
})

const rank = ['error', 'warning', 'info']

test('on a terminal, what a finding says goes on in the next line', async () => {
  const { address } = await newBank('sqlite')
  const { output } = await call(['doctor', '--store', address], { columns: 60 })
  const lines = output.trimEnd().split('\n')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60)
  expect(lines[2]).toMatch(/^ {10,}\S/)
  expect(output.replace(/\n +/g, ' ')).toContain('has come to position')
})
