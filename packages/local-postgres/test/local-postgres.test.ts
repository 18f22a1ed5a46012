import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, startLocalPostgres } from '@eventfold/local-postgres'
import { Client } from 'pg'
import { describe, expect, inject, test } from 'vitest'

async function one<T>(url: string, sql: string): Promise<T | undefined> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(sql)
    return rows[0]
  } finally {
    await client.end()
  }
}

describe('the server of a test run', () => {
  test('gives each caller an empty database of its own', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => createDatabase(inject('postgresUrl'))))
    if (!a || !b) throw new Error('two databases expected')
    await one(a.url, 'CREATE TABLE only_here (id int)')
    expect(await one(b.url, `SELECT to_regclass('only_here') AS found`)).toEqual({ found: null })
    await Promise.all([a.drop(), b.drop()])
    await expect(one(a.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' })
  })

  test('is durable by default', async () => {
    const settings = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`
    expect(await one(inject('postgresUrl'), settings)).toEqual({ fsync: 'on', commit: 'on' })
  })
})

describe.skipIf(process.env['DATABASE_URL'])('a server of our own', () => {
  test('keeps a given data directory over restarts', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'eventfold-kept-'))
    await chmod(parent, 0o755)
    const dataDirectory = join(parent, 'data')
    const first = await startLocalPostgres({ dataDirectory })
    await one(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await first.stop()
    const second = await startLocalPostgres({ dataDirectory })
    expect(await one(second.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 })
    await second.stop()
    await rm(parent, { recursive: true })
  })

  test.each([
    ['kills itself', `process.kill(process.pid, 'SIGKILL')`],
    ['is interrupted', `process.kill(process.pid, 'SIGINT')`],
    ['forgets to stop it', ''],
  ])('ends with a program that %s', async (_, ending) => {
    const scratch = await mkdtemp(join(tmpdir(), 'eventfold-scratch-'))
    await chmod(scratch, 0o755)
    const program = `
      import { startLocalPostgres } from '@eventfold/local-postgres'
      const { url } = await startLocalPostgres()
      console.log(url)
      ${ending}`
    const url = await new Promise<string>((resolve) => {
      const args = ['-C', '@eventfold/source', '--input-type=module', '-e', program]
      const options = { cwd: import.meta.dirname, env: { ...process.env, TMPDIR: scratch } }
      execFile(process.execPath, args, options, (_error, stdout) => resolve(stdout.trim()))
    })
    expect(url).toMatch(/^postgres:/)
    await expect.poll(() => readdir(scratch), { timeout: 10_000 }).toEqual([])
    await expect(one(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await rm(scratch, { recursive: true })
    expect(existsSync(scratch)).toBe(false)
  })
})
