import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '@eventfold/local-postgres'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const demo = fileURLToPath(new URL('../src/demo.ts', import.meta.url))

const killed = /Process \d+, which did that, was killed \(SIGKILL\)\./

/** What is told of a rebuild, however it was interrupted. */
const rebuilt = [
  '  Meanwhile the old ones serve: account 1004 has 120,086.10.',
  '  Taken up where it had ended, and finished: the new ones serve.',
  '  Made of 865 of 865 events, each once.',
  '  Computed anew, 12 of 12 are what the events say.',
]

function runDemo(...args: readonly string[]) {
  return new Promise<{ exitCode: unknown; output: string; errors: string }>((resolve) => {
    const command = ['-C', '@eventfold/source', demo, ...args]
    const child = execFile(process.execPath, command, (_error, output, errors) => {
      resolve({ exitCode: child.exitCode, output, errors })
    })
  })
}

describe('the demo', () => {
  test('imports the shipped statement, compares it, and shows the read models', async () => {
    const { exitCode, output, errors } = await runDemo('--store', 'memory')
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' })
    for (const line of [
      '  853 of 853 bookings',
      '  865 events in 12 streams are stored',
      '  11 of 12 accounts chain from 0.00 to their last row. Of these,',
      '  1 cannot be compared, as the statement lacks rows: 1009',
      '  statement        is folded when it is asked for, as there are no tables',
      'The largest balances of 12 accounts, of which 1 overdrawn',
      '  1010     274,616.70        72  2024-01-22  2024-12-31  open',
      '  2024-12        24  373,308.00           51  216,640.30',
      '  2024-12 has bookings on 13 days, and most on 2024-12-12: 30',
      'The last 6 of 74 lines of its statement',
      '       75  2024-12-31  73821         -14.60  120,086.10',
      '  now                 75  120,086.10        10,000.00  open',
      '  Interrupted, not killed: the memory would be gone with its process.',
      ...rebuilt,
      'The events were in memory, and are gone now.',
    ]) {
      expect(output.split('\n')).toContain(line)
    }
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThan(80)
  })

  test('keeps the events in a file, where a second run changes nothing', async () => {
    const file = join(await temporaryFolder(), 'bank.db')
    const first = await runDemo('--database', file)
    expect(first.output).toContain(`The events are in ${file}\n`)
    const second = await runDemo('--database', file)
    expect(second).toMatchObject({ exitCode: 0, errors: '' })
    expect(second.output).toContain('853 bookings were there already, and nothing changed for them')
    expect(second.output).toContain('865 events in 12 streams are stored')
    const tables = (output: string) => output.slice(output.indexOf('The largest'), output.indexOf('The summ'))
    expect(tables(second.output)).toBe(tables(first.output))
    for (const { output } of [first, second]) {
      expect(output).toMatch(killed)
      for (const line of rebuilt) expect(output.split('\n')).toContain(line)
    }
  })

  test('runs on Postgres', async () => {
    const { url, drop } = await createDatabase(inject('postgresUrl'))
    onTestFinished(drop)
    const { exitCode, output, errors } = await runDemo('--store', 'postgres', '--database', url)
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' })
    expect(output).toMatch(/statement +is up to date after/)
    expect(output).toMatch(killed)
    for (const line of rebuilt) expect(output.split('\n')).toContain(line)
    expect(output).toContain('865 events in 12 streams are stored')
    expect(output).toContain(`The events are in schema bank_accounts of ${new URL(url).host}`)
    expect(output).not.toContain(new URL(url).password)
  })

  test('tells how it is used', async () => {
    const { exitCode, output } = await runDemo('--help')
    expect(exitCode).toBe(0)
    expect(output).toMatch(/^Usage: pnpm demo/)
  })

  test('exits with 2 for wrong arguments', async () => {
    const { exitCode, output, errors } = await runDemo('--store', 'oracle')
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' })
    expect(errors).toMatch(
      /^There is no store "oracle"; there are memory, sqlite, postgres\.\n\nUsage: pnpm demo/,
    )
  })

  test('exits with 1 for a file that is not there, without a stack trace', async () => {
    const { exitCode, errors } = await runDemo('/nowhere/statement.csv')
    expect({ exitCode, errors }).toEqual({
      exitCode: 1,
      errors: '/nowhere/statement.csv cannot be read: no such file or directory.\n',
    })
  })

  test('exits with 1 for a statement that is not one, without a stack trace', async () => {
    const statement = join(await temporaryFolder(), 'statement.csv')
    await writeFile(statement, 'trans_id;account_id;date;type;amount;balance\n1;42;240101;PRIJEM;12.34.5;0\n')
    const { exitCode, errors } = await runDemo(statement, '--store', 'memory')
    expect({ exitCode, errors }).toEqual({
      exitCode: 1,
      errors:
        'Line 2 of the statement: the amount "12.34.5" is not a positive decimal number ' +
        'with at most two decimal places.\n',
    })
  })
})
