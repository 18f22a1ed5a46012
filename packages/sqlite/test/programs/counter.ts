// Adds to a counter document by compare-and-set, as often as it is told, and says how often it was too late.
import { isEventfoldError } from '@eventfold/core'
import { openSqlite } from '../../src/index.ts'

const [path = '', times = '0'] = process.argv.slice(2)
const store = await openSqlite(path)
const { documents } = store.adapter
if (documents === undefined) throw new Error('no documents')
const counter = { collection: 'counters', key: '1' }

process.once('message', async () => {
  let conflicts = 0
  for (let added = 0; added < Number(times); ) {
    const [expected] = await documents.read([counter])
    // Lets the other processes come in between.
    await new Promise(setImmediate)
    try {
      await documents.write([
        { ...counter, data: `${Number(expected ?? 0) + 1}`, expected: expected ?? null },
      ])
      added++
    } catch (error) {
      if (!isEventfoldError(error, 'document-conflict')) throw error
      conflicts++
    }
  }
  process.send?.(conflicts)
  await store.close()
  process.disconnect()
})
process.send?.('ready')
