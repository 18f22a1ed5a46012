// Reads a file with more events than fit into its memory.
import { readWholeLog } from '../../../testing/test/read-whole-log.ts'
import { openSqlite } from '../../src/index.ts'

const [path = ''] = process.argv.slice(2)
await readWholeLog(await openSqlite(path))
