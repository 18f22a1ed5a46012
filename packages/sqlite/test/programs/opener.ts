// Opens a store at the same moment as its siblings, appends once, and ends by itself, without close.
import { openSqlite } from '../../src/index.ts'

const [path = '', stream = '', workerThread = ''] = process.argv.slice(2)

process.once('message', async () => {
  const store = await openSqlite(path, { workerThread: workerThread === 'thread' })
  await store.onAppend(() => {})
  await store.append(stream, [{ type: 'Opened', data: {} }])
  process.disconnect()
})
process.send?.('ready')
