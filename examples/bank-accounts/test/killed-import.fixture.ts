// A program that imports the shipped statement, and is gone in the middle of it as if the power had failed.

import { openSqlite } from '@eventfold/sqlite'
import { importStatement } from '../src/import-statement.ts'
import { readStatement } from '../src/read-statement.ts'
import { shippedStatement } from './shipped-statement.ts'

const [, , file = ''] = process.argv
await importStatement(await openSqlite(file), readStatement(shippedStatement), {
  onProgress({ booked }) {
    if (booked === 300) process.kill(process.pid, 'SIGKILL')
  },
})
