import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { bankConfig, call, parseLines, run, start } from './eventfold.ts'
import { deposit } from './programs/bank.config.ts'
import { newBank, storageKinds } from './storage.ts'

describe.each(storageKinds)('on %s', (kind) => {
  test('streams lists streams in the order in which they began', async () => {
    const { address, store } = await newBank(kind)
    await store.append('order-7', [{ type: 'OrderPlaced', data: {} }])
    const table = await run(['streams', '--store', address])
    expect(table).toMatchObject({ exitCode: 0, errors: '' })
    const rows = table.output.trimEnd().split('\n')
    expect(rows[0]).toMatch(/^began at {2}stream +version +first event +last event$/)
    expect(rows.slice(1).map((row) => row.trim().split(/\s+/).slice(1, 3))).toEqual([
      ['account-1', '3'],
      ['account-2', '1'],
      ['order-7', '1'],
    ])
  })

  test('show prints events, and the state', async () => {
    const { address } = await newBank(kind)
    const { exitCode, output, errors } = await run([
      'show',
      'account-1',
      '--store',
      address,
      '--config',
      bankConfig,
    ])
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' })
    const lines = output.split('\n')
    expect(lines[0]).toMatch(/^version {2}position {2}recorded at +type +data$/)
    expect(lines[2]).toMatch(/^ +2 +\d+ {2}\S+ \S+Z {2}MoneyDeposited {2}\{"cents":500\}$/)
    expect(lines.slice(4)).toEqual(['', 'state at version 3', "{ owner: 'Ada', cents: 380 }", ''])
  })

  test('tail --follow goes on with what is appended, until it is interrupted', async () => {
    const { address, store } = await newBank(kind)
    const child = start(['tail', '--store', address, '--limit', '1', '--follow', '--json'])
    const lines: string[] = []
    const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    reader.on('line', (line) => lines.push(`${JSON.parse(line).stream}/${JSON.parse(line).version}`))
    await once(reader, 'line')
    await deposit(store, '2', 7)
    await once(reader, 'line')
    expect(lines).toEqual(['account-1/3', 'account-2/2'])
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

test('streams goes on where a page has ended, also in a category', async () => {
  const { address, store } = await newBank('sqlite')
  const streams = (...args: string[]) =>
    call(['streams', '--store', address, '--category', 'account', ...args])
  const first = await streams('--limit', '1')
  const [, next = ''] = /--after (\d+)/.exec(first.errors) ?? []
  expect(first.output).toContain('account-1')
  const [event] = await store.readStream('account-2')
  expect(parseLines((await streams('--json', '--after', next)).output)).toEqual([
    {
      stream: 'account-2',
      category: 'account',
      version: 1,
      position: event?.position,
      firstRecordedAt: event?.recordedAt.toISOString(),
      lastRecordedAt: event?.recordedAt.toISOString(),
    },
  ])
})

test('show goes back to a version, and to a time', async () => {
  const { address, store } = await newBank('sqlite')
  const show = async (...args: string[]) => {
    const { output } = await call(['show', 'account-1', '--store', address, '--config', bankConfig, ...args])
    return output
  }
  const events = await store.readStream('account-1', { to: 2 })
  expect(parseLines(await show('--json', '--version', '2'))).toEqual(JSON.parse(JSON.stringify(events)))
  expect(JSON.parse(await show('--state', '--json', '--version', '2'))).toEqual({
    stream: 'account-1',
    version: 2,
    state: { owner: 'Ada', cents: 500 },
  })
  const past = await show('--state', '--at', '2001-01-01')
  expect(past).toBe("state at version 0\n{ owner: '', cents: 0 }\n")
})

test('tail prints the last events, those after a position, and what matches', async () => {
  const { address, store } = await newBank('sqlite')
  await store.append('account-2', [{ type: 'MoneyDeposited', data: { cents: 1 }, tags: ['gift', 'large'] }])
  const tail = async (...args: string[]) => {
    const { output } = await call(['tail', '--store', address, '--json', ...args])
    return parseLines(output).map((event) => `${event['stream']}/${event['version']}`)
  }
  expect(await tail('--limit', '2')).toEqual(['account-1/3', 'account-2/2'])
  expect(await tail('--limit', '1', '--stream', 'account-1')).toEqual(['account-1/3'])
  const [, second] = await store.readStream('account-1')
  const types = ['--type', 'MoneyDeposited', '--type', 'MoneyWithdrawn']
  expect(await tail('--after', String(second?.position), ...types)).toEqual(['account-1/3', 'account-2/2'])
  expect(await tail('--tag', 'gift', '--tag', 'large', '--category', 'account')).toEqual(['account-2/2'])
})

test('what is stored cannot steer a terminal', async () => {
  const { address, store } = await newBank('sqlite')
  await store.append('note-1', [{ type: 'Noted', data: { text: '\u001b[2J\u009b2J' } }])
  for (const args of [[], ['--json']]) {
    const { output } = await call(['show', 'note-1', '--store', address, ...args])
    expect(output).toContain('\\u001b[2J\\u009b2J')
    expect(output).not.toMatch(/[^\P{Cc}\n]/u)
  }
})

test('a stream, a version or a state that is not there is wrong usage', async () => {
  const { address } = await newBank('sqlite')
  const show = (...args: string[]) => call(['show', ...args, '--store', address])
  expect(await show('account-9')).toEqual({
    exitCode: 2,
    output: '',
    errors: 'error: There is no stream account-9. (wrong-usage)\nnext: See: eventfold streams\n',
  })
  expect(await show('account-1', '--state')).toMatchObject({ exitCode: 2, output: '' })
  const late = await show('account-1', '--version', '4', '--json')
  expect(late).toMatchObject({ exitCode: 2, output: '' })
  expect(late.errors).toMatch(/^\{"error":\{"code":"version-not-found",.*\}\}\n$/)
})
