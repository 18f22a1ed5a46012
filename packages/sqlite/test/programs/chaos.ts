// One of the processes that share a file in a chaos run.
import { runChaosProgram } from '../../../testing/test/chaos/chaos-program.ts'
import { openSqlite } from '../../src/index.ts'

const [path = '', parameters = ''] = process.argv.slice(2)
await runChaosProgram(JSON.parse(parameters), () => openSqlite(path))
