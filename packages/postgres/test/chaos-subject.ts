import { join } from 'node:path'
import type { Pool } from 'pg'
import { forkProgram } from '../../testing/test/chaos/fork-program.ts'
import type { ChaosSubject } from '../../testing/test/chaos/run-chaos.ts'
import { openPostgres } from '../src/index.ts'

/** A database that the processes of a chaos run share. Their connections are broken at random. */
export function chaosSubject(url: string, control: Pool): ChaosSubject {
  const program = join(import.meta.dirname, 'programs', 'chaos.ts')
  return {
    open: () => openPostgres({ connectionString: url }),
    start: (parameters) => forkProgram(program, [url, JSON.stringify(parameters)]),
    disconnect: async () => {
      const { rows } = await control.query(`SELECT count(pg_terminate_backend(pid))::integer AS killed FROM (
        SELECT pid FROM pg_stat_activity WHERE application_name = 'chaos' AND datname = current_database()
        ORDER BY random() LIMIT 2) AS victims`)
      return rows[0].killed
    },
  }
}
