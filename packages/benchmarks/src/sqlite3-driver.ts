import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const require = createRequire(import.meta.url)

/** Whether the driver that Emmett uses for SQLite is there. The workspace installs it without its native part. */
export function hasSqlite3(): boolean {
  try {
    require('sqlite3')
    return true
  } catch {
    return false
  }
}

/** Fetches or compiles the native part, in about a minute. False where that fails. */
export function compileSqlite3(): boolean {
  console.error('Emmett needs the native part of sqlite3: fetching or compiling it, once …')
  const folder = dirname(require.resolve('sqlite3/package.json'))
  const { status } = spawnSync('npm', ['run', 'install'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status === 0 && hasSqlite3()) return true
  console.error('That failed, so Emmett is left out on SQLite.')
  return false
}
