import { createDatabase, startLocalPostgres } from '@eventfold/local-postgres'
import pg from 'pg'
import type { ChaosSubject } from '../../testing/test/chaos/run-chaos.ts'
import { chaosSubject } from './chaos-subject.ts'

/** A database on a server of its own, for a run outside of the tests; and what removes both. */
export async function localChaosSubject(): Promise<readonly [ChaosSubject, () => Promise<void>]> {
  const server = await startLocalPostgres()
  const { url, drop } = await createDatabase(server.url)
  const control = new pg.Pool({ connectionString: url, max: 1 })
  control.on('error', () => {})
  const remove = async () => {
    await control.end()
    await drop()
    await server.stop()
  }
  const crash = async () => {
    await server.crash()
    await server.restart()
  }
  return [{ ...chaosSubject(url, control), crash }, remove]
}
