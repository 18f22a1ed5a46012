import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqlite } from '@eventfold/sqlite'
import { expect, test } from 'vitest'
import { importStatement } from '../src/import-statement.ts'
import { readStatement } from '../src/read-statement.ts'
import { reconcile } from '../src/reconcile.ts'
import { summarise } from '../src/summarise.ts'
import { shippedStatement } from './shipped-statement.ts'
import { temporaryFolder } from './temporary-folder.ts'

const fixture = fileURLToPath(new URL('./killed-import.fixture.ts', import.meta.url))

test('an import that was killed is finished by the next one', async () => {
  const file = join(await temporaryFolder(), 'bank.db')
  const child = spawn(process.execPath, ['-C', '@eventfold/source', fixture, file], { stdio: 'inherit' })
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])

  await using store = await openSqlite(file)
  const { booked, alreadyBooked } = await importStatement(store, readStatement(shippedStatement))
  expect(alreadyBooked).toBeGreaterThanOrEqual(300)
  expect(booked + alreadyBooked).toBe(853)
  expect(summarise(await reconcile(store, readStatement(shippedStatement)))).toMatchObject({
    bookings: 853,
    missing: 0,
    chaining: 11,
    exact: 2,
    largestDifference: 70,
  })
})
