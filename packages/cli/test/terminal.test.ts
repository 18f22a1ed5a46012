import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { confirm } from '../src/confirm.ts'
import { bankConfig, call, start } from './eventfold.ts'
import { openBalances } from './programs/bank.config.ts'
import { newBank } from './storage.ts'

const slowConfig = join(import.meta.dirname, 'programs/slow.config.ts')

describe('what cannot be undone', () => {
  const ask = async (answer: string | null) => {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const errors = Object.assign(new PassThrough(), { isTTY: true })
    input.end(answer ?? undefined)
    await confirm('It is gone then.', 'mailer', false, { input, errors })
  }

  test('is done when its name is typed', async () => {
    await ask('mailer\n')
  })

  test.each([['yes\n'], ['\n'], ['mailer-2\n'], [null]])('is not done after %j', async (answer) => {
    await expect(ask(answer)).rejects.toThrow('Nothing was done.')
  })
})

// util-linux: it gives a program a terminal of its own.
const script = '/usr/bin/script'

/** Runs the command line on a terminal of so many columns, where `reply` may type. Resolves with what it has shown. */
async function runOnTerminal(
  args: readonly string[],
  columns: number,
  reply: (screen: string) => string | undefined = () => undefined,
): Promise<string> {
  const main = join(import.meta.dirname, '../src/main.ts')
  const words = [process.execPath, '-C', '@eventfold/source', main, ...args].map((word) => `'${word}'`)
  const child = spawn(script, ['-qec', `stty cols ${columns}; ${words.join(' ')}`, '/dev/null'])
  onTestFinished(() => void child.kill('SIGKILL'))
  let screen = ''
  let hasReplied = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    const typed = hasReplied ? undefined : reply(screen)
    if (typed === undefined) return
    hasReplied = true
    child.stdin.write(typed)
  })
  expect(await once(child, 'close')).toEqual([0, null])
  return screen
}

describe.skipIf(process.platform !== 'linux' || !existsSync(script))('on a terminal', () => {
  test('a rebuild asks, and shows a bar', async () => {
    const { address, store } = await newBank('sqlite')
    const balances = openBalances(store, { mode: 'async' })
    await balances.start()
    await balances.stop()
    const rebuild = ['projections', 'rebuild', 'balances', '--store', address, '--config', bankConfig]
    const screen = await runOnTerminal(rebuild, 100, (shown) => {
      return shown.includes('Type balances to go on:') ? 'balances\n' : undefined
    })
    expect(screen).toContain('what serves now is removed.')
    expect(screen).toContain('100%')
    expect(screen).toMatch(/Rebuilt balances: 4 events in \d+\.\d s\./)
  })

  test('a table is as wide as that', async () => {
    const { address, store } = await newBank('sqlite')
    await store.append('note-1', [{ type: 'Noted', data: { text: 'x'.repeat(200) } }])
    const lines = (await runOnTerminal(['show', 'note-1', '--store', address], 80)).trimEnd().split('\r\n')
    expect(lines.map(({ length }) => length)).toEqual([expect.any(Number), 80])
    expect(lines[1]).toMatch(/x…$/)
  })
})

test('a rebuild that is interrupted goes on where it was', async () => {
  const { address } = await newBank('sqlite')
  const rebuild = ['projections', 'rebuild', 'owners', '--yes', '--store', address, '--config', slowConfig]
  const child = start(rebuild, { env: { SLOW: '1' } })
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (errors === '') child.kill('SIGINT')
    errors += text
  })
  expect(await once(child, 'close')).toEqual([130, null])
  expect(errors).toContain('Interrupted. What is built of owners stays')
  const again = await call(rebuild)
  expect(again).toMatchObject({ exitCode: 0, output: expect.stringContaining('Rebuilt owners: 2 events') })
})

test('a reader that stops early ends it quietly', async () => {
  const { address, store } = await newBank('sqlite')
  for (let round = 0; round < 20; round++) {
    const events = Array.from({ length: 1_000 }, () => ({ type: 'Noted', data: { text: 'x'.repeat(100) } }))
    await store.append('note-1', events)
  }
  const child = start(['show', 'note-1', '--store', address])
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  child.stdout?.once('data', () => child.stdout?.destroy())
  expect((await once(child, 'exit'))[0]).toBe(0)
  expect(errors).toBe('')
})
