import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '@eventfold/local-postgres'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const demo = fileURLToPath(new URL('../src/demo.ts', import.meta.url))

function runDemo(...args: readonly string[]) {
  return new Promise<{ exitCode: unknown; output: string; errors: string }>((resolve) => {
    const command = ['-C', '@eventfold/source', demo, ...args]
    const child = execFile(process.execPath, command, (_error, output, errors) => {
      resolve({ exitCode: child.exitCode, output, errors })
    })
  })
}

describe('the demo', () => {
  test('imports the shipped statement, compares it and shows an account', async () => {
    const { exitCode, output, errors } = await runDemo('--store', 'memory')
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' })
    for (const line of [
      '  853 of 853 bookings',
      '  865 events in 12 streams are stored',
      '  11 of 12 accounts chain from 0.00 to their last row. Of these,',
      '  1 cannot be compared, as the statement lacks rows: 1009',
      'Account 1001, the last 8 of 75 events',
      '  now                 75  128,815.20        10,000.00  open',
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
    expect(second.exitCode).toBe(0)
    expect(second.output).toContain('853 bookings were there already, and nothing changed for them')
    expect(second.output).toContain('865 events in 12 streams are stored')
  })

  test('runs on Postgres', async () => {
    const { url, drop } = await createDatabase(inject('postgresUrl'))
    onTestFinished(drop)
    const { exitCode, output } = await runDemo('--store', 'postgres', '--database', url)
    expect(exitCode).toBe(0)
    expect(output).toContain('865 events in 12 streams are stored')
    expect(output).toContain(`The events are in schema bank_accounts of ${new URL(url).host}`)
    expect(output).not.toContain(new URL(url).password)
  })

  test('tells how it is used', async () => {
    const { exitCode, output } = await runDemo('--help')
    expect(exitCode).toBe(0)
    expect(output).toMatch(/^Usage: pnpm demo/)
  })

  test.each([
    [['--store', 'oracle'], 'There is no store "oracle"; there are memory, sqlite, postgres.'],
    [['--stoer', 'memory'], "Unknown option '--stoer'."],
    [['a.csv', 'b.csv'], 'One statement at a time, please: a.csv b.csv'],
    [['--store', 'memory', '--database', 'x'], 'The memory store has no database'],
    [['--store', 'postgres', '--database', 'x'], '"x" is not a URL of Postgres'],
    [['--database', 'postgres://localhost/bank'], 'A URL of Postgres is not a file: add --store postgres.'],
  ])('exits with 2 for the arguments %j', async (args, message) => {
    const { exitCode, output, errors } = await runDemo(...args)
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' })
    expect(errors).toContain(message)
    expect(errors).toContain('Usage: pnpm demo')
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
