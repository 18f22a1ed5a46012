import { join } from 'node:path'
import { createDatabase } from '@eventfold/local-postgres'
import { inject, onTestFinished } from 'vitest'
import type { StoreName } from '../src/demo/demo-arguments.ts'
import { openDemoStore } from '../src/demo/open-demo-store.ts'
import type { AtEnd } from './shared.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const storeNames = ['memory', 'sqlite', 'postgres'] as const satisfies StoreName[]

/** A new store of the demo, with its statements: for the running test, or for as long as you say. */
export async function newDemoStore(name: StoreName, atEnd: AtEnd = onTestFinished) {
  const opened = await openDemoStore(name, await newDatabase(name, atEnd))
  atEnd(() => opened.close())
  return opened
}

async function newDatabase(name: StoreName, atEnd: AtEnd) {
  if (name === 'sqlite') return join(await temporaryFolder(atEnd), 'bank.db')
  if (name === 'memory') return undefined
  const { url, drop } = await createDatabase(inject('postgresUrl'))
  atEnd(drop)
  return url
}
