import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder for this test alone. */
export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-bank-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
