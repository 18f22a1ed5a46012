import { join } from 'node:path'
import { forkProgram } from '../../testing/test/chaos/fork-program.ts'
import type { ChaosSubject } from '../../testing/test/chaos/run-chaos.ts'
import { openSqlite } from '../src/index.ts'

/** A file that the processes of a chaos run share. */
export function chaosSubject(path: string): ChaosSubject {
  const program = join(import.meta.dirname, 'programs', 'chaos.ts')
  return {
    open: () => openSqlite(path),
    start: (parameters) => forkProgram(program, [path, JSON.stringify(parameters)]),
  }
}
