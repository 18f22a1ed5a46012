import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new folder, removed when the running test has finished. */
export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
