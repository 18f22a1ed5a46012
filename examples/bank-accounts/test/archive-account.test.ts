import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { importLog, repository } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { Account } from '../src/account.ts'
import { archiveAccount } from '../src/archive-account.ts'
import { stores } from './stores.ts'
import { temporaryFolder } from './temporary-folder.ts'

test.each(stores)('an account that was closed long ago goes into a file, on %s', async (_, open) => {
  const store = await open()
  const accounts = repository(Account, store)
  await accounts.execute('1', 'open', { openedOn: '1993-01-02' })
  await accounts.execute('1', 'deposit', { amount: 100, bookedOn: '1993-01-03', reference: 'D1' })
  const archiving = { archivedOn: '2026-01-01', folder: await temporaryFolder() }
  await expect(archiveAccount(store, '1', archiving)).rejects.toMatchObject({ code: 'account-not-closed' })
  await accounts.execute('1', 'withdraw', { amount: 100, bookedOn: '1994-01-03', reference: 'W1' })
  await accounts.execute('1', 'close', { closedOn: '1994-01-04' })
  const history = await store.readStream('account-1')

  const path = await archiveAccount(store, '1', archiving)
  expect((await accounts.load('1')).state).toMatchObject({ status: 'closed', balance: 0 })
  expect(await store.readStream('account-1')).toMatchObject([{ version: 5, data: { archive: path } }])
  const reopened = accounts.execute('1', 'open', { openedOn: '2026-01-02' })
  await expect(reopened).rejects.toMatchObject({ code: 'account-already-opened' })

  const archive = openMemory()
  await importLog(archive, createInterface({ input: createReadStream(path) }))
  expect(await archive.readStream('account-1')).toEqual(history)
})
