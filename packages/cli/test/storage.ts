import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventStore } from '@eventfold/core'
import { createDatabase } from '@eventfold/local-postgres'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import { inject, onTestFinished } from 'vitest'
import { openAccounts } from './programs/bank.config.ts'

export const storageKinds = ['sqlite', 'postgres'] as const

export interface Storage {
  /** What `--store` takes. */
  readonly address: string
  open(): Promise<EventStore>
}

/** A real place for a store, with nothing in it, that goes away with the test. */
export async function newStorage(kind: (typeof storageKinds)[number]): Promise<Storage> {
  if (kind === 'sqlite') {
    const address = join(await temporaryFolder(), 'bank.db')
    return { address, open: () => closing(openSqlite(address)) }
  }
  const { url, drop } = await createDatabase(inject('postgresUrl'))
  onTestFinished(drop)
  return { address: url, open: () => closing(openPostgres({ connectionString: url })) }
}

/** A store with two accounts in it, and its address. */
export async function newBank(kind: (typeof storageKinds)[number]): Promise<{
  readonly address: string
  readonly store: EventStore
}> {
  const { address, open } = await newStorage(kind)
  const store = await open()
  await openAccounts(store)
  return { address, store }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function closing<Store extends EventStore>(opening: Promise<Store>): Promise<Store> {
  const store = await opening
  onTestFinished(() => store.close())
  return store
}
