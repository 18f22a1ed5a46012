// Writes documents and an event in one transaction, tells its parent, and never comes to the commit.
import { openSqlite } from '../../src/index.ts'

const [path = ''] = process.argv.slice(2)
const store = await openSqlite(path)

process.on('disconnect', () => process.exit())
await store.transaction(async (transaction) => {
  await store.append('account-1', [{ type: 'Opened', data: {} }], { transaction })
  const writes = Array.from({ length: 1_000 }, (_, index) => ({
    collection: 'accounts',
    key: `${index}`,
    data: 'x'.repeat(20_000),
    fields: [{ field: 'owner', value: `${index}` }],
  }))
  await store.adapter.documents?.write(writes, transaction)
  process.send?.('written')
  await new Promise(() => {})
})
