// Started by server.ts, and waits for its end: the pipe to it closes however that process ends.

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const [dataDirectory = '', root = ''] = process.argv.slice(2)
const lockFile = join(dataDirectory, 'postmaster.pid')

process.stdin.resume().on('close', async () => {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!existsSync(lockFile)) break
    try {
      process.kill(Number.parseInt(readFileSync(lockFile, 'utf8'), 10), signal)
    } catch {
      break
    }
    for (let waited = 0; existsSync(lockFile) && waited < 10_000; waited += 20) await sleep(20)
  }
  rmSync(root, { recursive: true, force: true })
})
