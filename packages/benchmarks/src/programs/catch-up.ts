import { Consumer } from '@eventfold/core'
import { type CaughtUp, sampleInterval } from '../caught-up.ts'
import { openEventfold } from '../open-eventfold.ts'
import { readProgramArguments } from '../start-program.ts'

const options = readProgramArguments()
const store = await openEventfold(options.store, options)
const rss: number[] = []
let handled = 0
const handle = () => {
  if (++handled % sampleInterval === 0) rss.push(process.memoryUsage.rss())
}
const consumer = new Consumer(store, 'backlog', { handle })
const head = await store.head()
await consumer.start()
await consumer.waitFor(head, { timeout: 3_600_000 })
await consumer.stop()
await store.close()
const result: CaughtUp = { handled, rss }
process.send?.(result)
process.disconnect?.()
