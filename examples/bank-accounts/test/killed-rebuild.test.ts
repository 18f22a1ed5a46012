import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { RebuildProgress } from '@eventfold/core'
import { expect, test } from 'vitest'
import { beginRebuild } from '../src/demo/begin-rebuild.ts'
import { leaseTime } from '../src/demo/lease-time.ts'
import { importStatement } from '../src/import-statement.ts'
import { openSummaries } from '../src/read-models.ts'
import { readStatement } from '../src/read-statement.ts'
import { newDemoStore, storeNames } from './demo-stores.ts'
import { shippedStatement } from './shipped-statement.ts'

const killedRebuild = fileURLToPath(new URL('../src/demo/killed-rebuild.ts', import.meta.url))

test.each(storeNames)('a rebuild on %s that ends in the middle is finished by the next one', async (name) => {
  const { store, address } = await newDemoStore(name)
  await importStatement(store, readStatement(shippedStatement))
  await using summaries = openSummaries(store, { leaseTime })
  await summaries.start()
  await summaries.waitFor(await store.head())
  const before = await summaries.list()

  if (address === undefined) {
    await beginRebuild(store, new PassThrough())
  } else {
    const child = spawn(process.execPath, ['-C', '@eventfold/source', killedRebuild, name], {
      env: { ...process.env, BANK_DATABASE: address },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  }
  expect(await summaries.status()).toMatchObject({
    current: { number: 1 },
    building: { number: 2, purpose: 'rebuild' },
    healthy: true,
  })
  expect(await summaries.list()).toEqual(before)

  const progress: RebuildProgress[] = []
  await summaries.rebuild({ onProgress: (each) => void progress.push(each) })
  expect(progress[0]?.done).toBeGreaterThanOrEqual(865 / 2)
  expect(progress[0]?.done).toBeLessThan(865)
  expect(progress.at(-1)).toMatchObject({ done: 865, total: 865, handled: 865 })
  expect(await summaries.status()).toMatchObject({ current: { number: 2 }, building: undefined })
  expect(await summaries.list()).toEqual(before)
  expect(await summaries.audit()).toMatchObject({ complete: true, handled: 865 })
  expect(await summaries.check({ all: true })).toEqual({ checked: 12, differences: [], held: [] })
})
