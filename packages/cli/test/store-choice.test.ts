import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/load-config.ts'
import { openStore } from '../src/open-store.ts'
import { locateStore } from '../src/store-location.ts'
import { call, run } from './eventfold.ts'
import { newBank, newStorage, temporaryFolder } from './storage.ts'

/** A folder with a config of this text. */
async function folderWithConfig(text: string): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'eventfold.config.mjs'), text)
  return folder
}

const place = { environment: {}, folder: '/here' }

describe('the store', () => {
  test('is that of --store, else of EVENTFOLD_STORE, else of the config', async () => {
    const { address } = await newBank('sqlite')
    const { address: empty, open } = await newStorage('sqlite')
    await open()
    const cwd = await folderWithConfig(`export default { store: ${JSON.stringify(address)} }`)
    const count = async (args: string[], env: Record<string, string> = {}) => {
      const { output } = await call(['streams', '--json', ...args], { cwd, env })
      return output.split('\n').length - 1
    }
    expect(await count([])).toBe(2)
    expect(await count([], { EVENTFOLD_STORE: empty })).toBe(0)
    expect(await count(['--store', address], { EVENTFOLD_STORE: empty })).toBe(2)
    const { output } = await run(['streams'], { env: { EVENTFOLD_STORE: address } })
    expect(output).toContain('account-2')
  })

  test.each([
    [{}, 'No store is given.'],
    [{ store: 'mysql://me:secret@host/bank' }, 'A store at mysql:… is not known.'],
    [{ store: 'file:bank.db' }, 'A store at file:… is not known.'],
    [{ store: 'bank.db', schema: 'bank' }, '--schema goes with a postgres:// URL'],
  ])('is wrong usage with %j', (options, message) => {
    const locate = () => locateStore(options, { value: {}, path: undefined }, place)
    expect(locate).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }),
    )
  })

  test('may be in a schema, and beside the config', () => {
    const path = '/somewhere/eventfold.config.ts'
    const config = { path, value: { store: 'data/bank.db', schema: 'bank' } }
    const store = 'postgresql://localhost/bank'
    expect(locateStore({ store, schema: 'ledger' }, config, place)).toEqual({
      kind: 'postgres',
      connectionString: store,
      schema: 'ledger',
    })
    expect(locateStore({}, { path, value: { store: 'data/bank.db' } }, place)).toEqual({
      kind: 'sqlite',
      path: '/somewhere/data/bank.db',
    })
    expect(locateStore({}, { path, value: { store, schema: 'bank' } }, place)).toMatchObject({
      schema: 'bank',
    })
  })

  test('is not created by a typing mistake', async () => {
    const cwd = await temporaryFolder()
    const { exitCode, errors } = await call(['streams', '--store', 'bnak.db'], { cwd })
    expect(exitCode).toBe(3)
    expect(errors).toContain('bnak.db. (config)\nnext: ')
    await expect(openStore({ kind: 'sqlite', path: join(cwd, 'bnak.db') })).rejects.toThrow(
      'There is no file',
    )
  })

  test('that cannot be reached is told without a stack and without the password', async () => {
    const address = 'postgres://me:s3cret@127.0.0.1:1/bank'
    const { exitCode, errors } = await call(['streams', '--store', address])
    expect(exitCode).toBe(3)
    expect(errors).toMatch(/^error: The store could not be reached .*\(store-unavailable\)\nnext: .*\n$/)
    const debug = await call(['streams', '--store', address, '--debug', '--json'])
    const { error } = JSON.parse(debug.errors)
    expect(error).toMatchObject({ code: 'store-unavailable', stack: expect.stringContaining('caused by') })
    expect(errors + debug.errors).not.toContain('s3cret')
  })

  test.each([
    ['bank.db', '@eventfold/sqlite better-sqlite3'],
    ['postgres://localhost/bank', '@eventfold/postgres pg'],
  ])('%s asks for the packages that it needs', async (address, packages) => {
    const nodeOptions = ['--import', join(import.meta.dirname, 'programs/without-drivers.ts')]
    const { exitCode, errors } = await run(['streams', '--store', address], { nodeOptions })
    expect(exitCode).toBe(3)
    expect(errors).toContain(
      `(missing-package)\nnext: Install them beside @eventfold/cli: npm install ${packages}\n`,
    )
  })
})

describe('the config', () => {
  test.each([
    ['export const config = {}', 'has no default export that is a config'],
    ['export default { stores: 1 }', 'has an unknown field `stores`'],
    ['export default { store: 1 }', 'has a `store` of the wrong kind'],
    ['export default { upcasters: {} }', 'has `upcasters` that defineUpcasters has not made'],
    ['export default { aggregates: [{ definition: {}, open: 1 }] }', 'has a `aggregates[0]` that is no'],
    ['export default { sagas: {} }', 'has `sagas` that are no array'],
    ['export default { projections: [{ name: "a" }] }', 'has a `projections[0]` that is no definition'],
    ['export default { consumers: [{ name: "a" }, { name: "a" }] }', 'names a twice in `consumers`'],
    ['throw new Error("broken")', 'cannot be loaded: broken'],
  ])('%s is told to be wrong', async (text, message) => {
    const path = join(await folderWithConfig(text), 'eventfold.config.mjs')
    await expect(loadConfig(path, '/')).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining(message),
    })
  })

  test.each([
    [() => Promise.reject(new Error('no such vault')), 'has failed: no such vault'],
    [() => ({}) as never, 'has returned no event store'],
  ])('may open no store, which is told: %s', async (open, message) => {
    await expect(openStore({ kind: 'config', open })).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining(message),
    })
  })

  test('has upcasters, with which a store is read', async () => {
    const { address, store } = await newBank('sqlite')
    await store.append('note-1', [{ type: 'Noted', data: { text: 'old' } }])
    const core = JSON.stringify(import.meta.resolve('@eventfold/core'))
    const upcasters = `defineUpcasters({ Noted: [({ text }) => ({ lines: [text] })] })`
    const cwd = await folderWithConfig(`import { defineUpcasters } from ${core}
      export default { upcasters: ${upcasters} }`)
    const { output } = await call(['show', 'note-1', '--json', '--store', address], { cwd })
    expect(JSON.parse(output)).toMatchObject({ data: { lines: ['old'] }, schemaVersion: 2 })

    const sqlite = JSON.stringify(import.meta.resolve('@eventfold/sqlite'))
    const without = await folderWithConfig(`import { defineUpcasters } from ${core}
      import { openSqlite } from ${sqlite}
      export default {
        store: ({ migrate }) => openSqlite(${JSON.stringify(address)}, { migrate }),
        upcasters: ${upcasters},
      }`)
    const refused = await call(['streams'], { cwd: without })
    expect(refused).toMatchObject({ exitCode: 3, output: '' })
    expect(refused.errors).toContain('opens a store without. (config)\nnext: Hand them on')
  })

  test('that is broken is told without a stack or a password, and not needed with --no-config', async () => {
    const { address } = await newBank('sqlite')
    const cwd = await folderWithConfig('throw new Error("no way to postgres://me:s3cret@host/bank")')
    const { exitCode, output, errors } = await call(['streams', '--store', address], { cwd })
    expect({ exitCode, output }).toEqual({ exitCode: 3, output: '' })
    expect(errors).toContain('postgres://me:***@host/bank (config)\n')
    expect(errors).not.toMatch(/^ +at /m)
    expect(await call(['streams', '--store', address, '--no-config'], { cwd })).toMatchObject({ exitCode: 0 })
  })

  test('with a definition that throws is told without what it says of the events', async () => {
    const { address } = await newBank('sqlite')
    const cwd = await folderWithConfig(`
      const evolve = { AccountOpened: (_, data) => { throw new TypeError('of ' + data.owner) } }
      export default { aggregates: [{ category: 'account', events: {}, initialState: {}, evolve }] }`)
    const show = ['show', 'account-1', '--store', address, '--state']
    const { exitCode, errors } = await call(show, { cwd })
    expect(exitCode).toBe(3)
    expect(errors).toContain('has thrown: TypeError.')
    expect(errors).not.toContain('Ada')
    expect((await call([...show, '--debug'], { cwd })).errors).toContain('TypeError: of Ada')
  })
})

const commandNames = [
  ...[
    'migrate',
    'doctor',
    'streams',
    'show',
    'tail',
    'projections',
    'consumers',
    'parked',
    'sagas',
    'snapshots',
  ],
  ...['schemas', 'export', 'import', 'personal', 'forget', 'rotate-key'],
]

test('help says what there is, and wrong names and values are refused', async () => {
  const { exitCode, output } = await call(['--help'])
  expect(exitCode).toBe(0)
  for (const name of commandNames) {
    expect(output).toMatch(new RegExp(`^  ${name} `, 'm'))
  }
  expect(output).toContain('Exit codes:')
  expect(await call(['strems'])).toEqual({
    exitCode: 2,
    output: '',
    errors:
      "error: unknown command 'strems'\n(Did you mean streams?) (wrong-usage)\nnext: See: eventfold --help\n",
  })
  const value = await call(['streams', '--limit', 'ten', '--json'])
  expect(value).toMatchObject({ exitCode: 2, output: '' })
  expect(JSON.parse(value.errors).error).toMatchObject({ code: 'wrong-usage' })
})
