// One of the processes that share a database in a chaos run.
import { runChaosProgram } from '../../../testing/test/chaos/chaos-program.ts'
import { openPostgres } from '../../src/index.ts'

const [connectionString = '', parameters = ''] = process.argv.slice(2)
await runChaosProgram(JSON.parse(parameters), () =>
  openPostgres({ connectionString, applicationName: 'chaos' }),
)
