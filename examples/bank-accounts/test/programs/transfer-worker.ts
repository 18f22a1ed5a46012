// A program that carries out transfers until it is told to stop, or is killed.

import type { StoreName } from '../../src/demo/demo-arguments.ts'
import { openDemoStore } from '../../src/demo/open-demo-store.ts'
import { openTransfers } from '../../src/open-transfers.ts'

const [, , name, partitions] = process.argv
const opened = await openDemoStore(name as StoreName, process.env['BANK_DATABASE'])
const { transfers } = openTransfers(opened.store, {
  from: 'beginning',
  partitions: Number(partitions),
  leaseTime: 1_500,
  pollInterval: 100,
  batchInterval: 1,
})
await transfers.start()
process.send?.('ready')
process.once('message', async () => {
  await transfers.stop()
  await opened.close()
  process.disconnect()
})
