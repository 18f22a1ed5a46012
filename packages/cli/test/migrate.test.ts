import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDatabase } from '@eventfold/local-postgres'
import Database from 'better-sqlite3'
import { Client } from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { call, run } from './eventfold.ts'
import { newStorage, storageKinds, temporaryFolder } from './storage.ts'

describe.each(storageKinds)('on %s, migrate', (kind) => {
  test('creates a store, which every other command asks for', async () => {
    const { address, open } = await newStorage(kind)
    const before = await call(['streams', '--store', address])
    expect(before).toMatchObject({ exitCode: 3, output: '' })
    expect(before.errors).toMatch(/\nnext: .*eventfold migrate\n$/)

    expect(await run(['migrate', '--store', address])).toEqual({
      exitCode: 0,
      output: 'The store is created.\n',
      errors: '',
    })
    const again = await call(['migrate', '--store', address, '--json'])
    expect(JSON.parse(again.output)).toEqual({ schema: 'current' })
    expect(await (await open()).head()).toBe(0)
  })
})

test('on sqlite, migrate --sql prints what creates the store, and touches nothing', async () => {
  const { address, open } = await newStorage('sqlite')
  const { exitCode, output } = await call(['migrate', '--sql', '--store', address])
  expect(exitCode).toBe(0)
  const database = new Database(address)
  database.pragma('journal_mode = WAL')
  database.exec(output)
  database.close()
  expect(await (await open()).head()).toBe(0)
})

test('on postgres, migrate --sql prints what creates the store in a schema, and connects to nothing', async () => {
  const nowhere = 'postgres://localhost:1/none'
  const { exitCode, output } = await call(['migrate', '--sql', '--store', nowhere, '--schema', 'ledger'])
  expect(exitCode).toBe(0)
  const { url, drop } = await createDatabase(inject('postgresUrl'))
  onTestFinished(drop)
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(output)
  await client.end()
  expect(await call(['streams', '--store', url, '--schema', 'ledger'])).toMatchObject({
    exitCode: 0,
    output: '',
  })
})

test('a config that opens its store itself is told whether it may migrate', async () => {
  const folder = await temporaryFolder()
  const config = join(folder, 'eventfold.config.mjs')
  const sqlite = import.meta.resolve('@eventfold/sqlite')
  await writeFile(
    config,
    `import { openSqlite } from '${sqlite}'
    export default { store: ({ migrate }) => openSqlite('${join(folder, 'bank.db')}', { migrate }) }`,
  )
  expect(await call(['streams'], { cwd: folder })).toMatchObject({ exitCode: 3 })
  expect(await call(['migrate'], { cwd: folder })).toMatchObject({
    exitCode: 0,
    output: 'The store is created.\n',
  })
  const sql = await call(['migrate', '--sql'], { cwd: folder })
  expect(sql).toMatchObject({ exitCode: 2, output: '' })
  expect(sql.errors).toContain('--store')
})
