import type { TestProject } from 'vitest/node'
import { type LocalPostgres, startLocalPostgres } from './index.ts'

/**
 * Vitest runs this once for each project that names it in `globalSetup` and has files to run, each time in a
 * module graph of its own. What they share is the process.
 */
const shared = globalThis as { [SERVER]?: { server: Promise<LocalPostgres>; users: number } | undefined }
const SERVER = Symbol.for('@eventfold/local-postgres')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared[SERVER] ??= { server: startLocalPostgres(), users: 0 }
  const own = shared[SERVER]
  own.users++
  const server = await own.server
  project.provide('postgresUrl', server.url)
  return async () => {
    if (--own.users > 0) return
    shared[SERVER] = undefined
    await server.stop()
  }
}
