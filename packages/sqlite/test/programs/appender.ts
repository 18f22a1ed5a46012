// Appends for as long as it lives, ten appends at a time, and tells its parent what the store acknowledged.
import { openSqlite } from '../../src/index.ts'

const [path = '', stream = '', thread = ''] = process.argv.slice(2)
const store = await openSqlite(path, { workerThread: thread === 'thread' })

process.on('disconnect', () => process.exit())
for (;;) {
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      store.append(index === 0 ? stream : `${stream}${index}`, [
        { type: 'Appended', data: { text: 'x'.repeat(200) }, tags: [stream] },
        { type: 'Appended', data: { text: 'y'.repeat(200) } },
      ]),
    ),
  )
  process.send?.(results)
}
