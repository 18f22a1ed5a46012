import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EventStore, exportLog } from '@eventfold/core'
import { expect, test, vi } from 'vitest'
import { readLines } from '../src/read-lines.ts'
import { writeWholeFile } from '../src/write-whole-file.ts'
import { call, run, start } from './eventfold.ts'
import { openBalances } from './programs/bank.config.ts'
import { newBank, newStorage, temporaryFolder } from './storage.ts'

async function linesOf(store: EventStore, documents = false): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of exportLog(store, { documents })) lines.push(line)
  return lines
}

const noted = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ type: 'Noted', data: { text: `note ${index}` } }))

test('a store moves from SQLite to Postgres by way of a file, and back by way of a pipe', async () => {
  const { address, store } = await newBank('sqlite')
  // What readline takes for the end of a line.
  await store.append('note-1', [{ type: 'Noted', data: { text: 'one\u2028two\u2029 \u{1f600}' } }])
  const balances = openBalances(store, { mode: 'async' })
  await balances.start()
  const head = await store.head()
  await balances.waitFor(head)
  await balances.stop()
  const lines = await linesOf(store, true)
  const file = join(await temporaryFolder(), 'bank.jsonl')

  const exported = await run(['export', file, '--documents', '--store', address, '--json'])
  expect(exported).toMatchObject({ exitCode: 0, errors: '' })
  const documents = lines.length - 2 - 5
  expect(JSON.parse(exported.output)).toEqual({ file, events: 5, documents, position: head })
  expect(await readFile(file, 'utf8')).toBe(`${lines.join('\n')}\n`)

  const postgres = await newStorage('postgres')
  const target = await postgres.open()
  expect(await run(['import', file, '--store', postgres.address])).toEqual({
    exitCode: 0,
    output: `Imported 5 events and ${documents} documents, up to position ${head}.\n`,
    errors: '',
  })
  expect(await linesOf(target, true)).toEqual(lines)

  const printed = await run(['export', '--documents', '--store', postgres.address])
  expect(printed).toEqual({
    exitCode: 0,
    output: `${lines.join('\n')}\n`,
    errors: `Exported 5 events and ${documents} documents, up to position ${head}.\n`,
  })
  const back = await newStorage('sqlite')
  const copy = await back.open()
  const { exitCode, output } = await call(['import', '--json', '--store', back.address], {
    input: printed.output,
  })
  expect(exitCode).toBe(0)
  expect(JSON.parse(output)).toEqual({ events: 5, stored: 5, documents, position: head })
  expect(await linesOf(copy, true)).toEqual(lines)
})

test.each([
  ['sqlite', 'SIGKILL', null],
  ['postgres', 'SIGKILL', null],
  ['sqlite', 'SIGINT', 130],
] as const)('an import into %s that ends by %s goes on where it was', async (kind, signal, exitCode) => {
  const source = await (await newStorage('sqlite')).open()
  await source.append('note-1', noted(1_600))
  const lines = await linesOf(source)
  const file = join(await temporaryFolder(), 'notes.jsonl')
  await writeFile(file, `${lines.join('\n')}\n`)
  const { address, open } = await newStorage(kind)
  const target = await open()

  const child = start(['import', '--store', address], { takesInput: true })
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  child.stdin?.write(`${lines.slice(0, 1_202).join('\n')}\n`)
  await vi.waitFor(async () => expect(await target.head()).toBe(1_000), { timeout: 30_000 })
  child.kill(signal)
  expect(await once(child, 'close')).toEqual(exitCode === null ? [null, signal] : [exitCode, null])
  expect(errors).toContain(exitCode === null ? '' : 'the same command goes on behind them')
  expect(await target.head()).toBe(1_000)

  const again = kind === 'postgres' ? run : call
  const { output } = await again(['import', file, '--store', address])
  expect(output).toBe('Imported 1600 events (1000 of them were there before), up to position 1600.\n')
  expect(await linesOf(target)).toEqual(lines)
})

test('an import refuses what does not fit, and says what is missing', async () => {
  const { store } = await newBank('sqlite')
  const lines = await linesOf(store)
  const { address, open } = await newStorage('sqlite')
  const target = await open()
  const importing = (input: string) => call(['import', '--store', address], { input })

  const truncated = await importing(lines.slice(0, 3).join('\n'))
  expect(truncated).toMatchObject({ exitCode: 3, output: '' })
  expect(truncated.errors).toContain('(import-truncated)')
  const damaged = await importing(lines.join('\n').replace('Ada', 'Eve'))
  expect(damaged.errors).toContain('(import-damaged)')
  await target.append('other-1', noted(1))
  const conflict = await importing(lines.join('\n'))
  expect(conflict).toMatchObject({ exitCode: 3, output: '' })
  expect(conflict.errors).toContain('(import-conflict)')

  const missing = await call(['import', 'bnak.jsonl', '--store', address])
  expect(missing).toMatchObject({ exitCode: 2, output: '' })
  const nothing = await call(['import', '--store', address], { columns: 80 })
  expect(nothing.errors).toContain('Say which file')
})

test('an export replaces no file that it was not told to, and goes on behind a position', async () => {
  const { address, store } = await newBank('sqlite')
  const folder = await temporaryFolder()
  const exporting = (...args: string[]) => call(['export', ...args, '--store', address], { cwd: folder })
  expect(await exporting('bank.jsonl')).toMatchObject({ exitCode: 0 })
  const refused = await exporting('bank.jsonl')
  expect(refused).toMatchObject({ exitCode: 2, output: '' })
  expect(refused.errors).toContain('--force')
  const head = await store.head()
  expect(await exporting('bank.jsonl', '--after', String(head - 1), '--force')).toMatchObject({
    exitCode: 0,
    output: `Exported 1 event, up to position ${head}.\n`,
  })
  expect((await readFile(join(folder, 'bank.jsonl'), 'utf8')).split('\n')).toHaveLength(4)
  const nowhere = await exporting('none/bank.jsonl')
  expect(nowhere.exitCode).toBe(3)
  expect(nowhere.errors).toMatch(/cannot be written: .*\(file\)/)
})

test('on a terminal, a bar shows how far it is', async () => {
  const { address, store } = await newBank('sqlite')
  await store.append('note-1', noted(1_200))
  const folder = await temporaryFolder()
  const exported = await call(['export', 'bank.jsonl', '--store', address], { cwd: folder, columns: 100 })
  expect(exported.errors).toMatch(/█.* 100% \| 1204 events \| \d+ events\/s/)
  const { address: empty, open } = await newStorage('sqlite')
  await open()
  const imported = await call(['import', 'bank.jsonl', '--store', empty], { cwd: folder, columns: 100 })
  expect(imported.errors).toMatch(/█.* 100% \| 1204 events \| \d+ events\/s/)
})

test('a file that could not be written completely is not there', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'bank.jsonl')
  const half = async function* () {
    yield 'one\n'
    throw new Error('no more')
  }
  await expect(writeWholeFile(path, half())).rejects.toThrow('no more')
  expect(await readdir(folder)).toEqual([])
  await writeFile(path, 'as it was')
  await expect(writeWholeFile(path, half())).rejects.toThrow('no more')
  expect(await readFile(path, 'utf8')).toBe('as it was')
  await writeWholeFile(path, ['one\n', 'two\n'])
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
  expect(existsSync(`${path}.${process.pid}.partial`)).toBe(false)
})

test('lines end at line feeds, wherever the bytes are cut', async () => {
  const text = 'a\u2028b\n\u{1f600}\n\nlast'
  const bytes = Buffer.from(text)
  for (let size = 1; size < 6; size++) {
    const parts = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const lines: string[] = []
    for await (const line of readLines(parts())) lines.push(line)
    expect(lines).toEqual(text.split('\n'))
  }
})
