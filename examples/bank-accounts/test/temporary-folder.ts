import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AtEnd } from './shared.ts'

/** A folder for the running test alone, or for as long as you say. */
export async function temporaryFolder(atEnd: AtEnd = onTestFinished) {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-bank-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  return folder
}
