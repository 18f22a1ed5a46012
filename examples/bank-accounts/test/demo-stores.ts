import { join } from 'node:path'
import { createDatabase } from '@eventfold/local-postgres'
import { inject, onTestFinished } from 'vitest'
import type { StoreName } from '../src/demo/demo-arguments.ts'
import { openDemoStore } from '../src/demo/open-demo-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const storeNames = ['memory', 'sqlite', 'postgres'] as const satisfies StoreName[]

/** A store of the demo, new for the running test, with its statements. */
export async function newDemoStore(name: StoreName) {
  const opened = await openDemoStore(name, await newDatabase(name))
  onTestFinished(() => opened.close())
  return opened
}

async function newDatabase(name: StoreName) {
  if (name === 'sqlite') return join(await temporaryFolder(), 'bank.db')
  if (name === 'memory') return undefined
  const { url, drop } = await createDatabase(inject('postgresUrl'))
  onTestFinished(drop)
  return url
}
