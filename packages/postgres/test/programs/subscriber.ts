// Reads a database with more events than fit into its memory.
import { readWholeLog } from '../../../testing/test/read-whole-log.ts'
import { openPostgres } from '../../src/index.ts'

const [connectionString = '', schema = ''] = process.argv.slice(2)
await readWholeLog(await openPostgres({ connectionString, schema }))
