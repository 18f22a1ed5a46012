import { isEventfoldError } from '@eventfold/core'
import {
  count,
  countRows,
  ProgressDisplay,
  UnreadableFileError,
  UsageError,
} from '@eventfold/example-terminal'
import { parseDemoArguments, usage } from './demo/demo-arguments.ts'
import { demoOutside } from './demo/demo-outside.ts'
import { openDemoStore } from './demo/open-demo-store.ts'
import { showFulfilment } from './demo/show-fulfilment.ts'
import { showOrders } from './demo/show-orders.ts'
import { importOrders } from './import-orders.ts'
import { openShop } from './open-shop.ts'
import { readOrders } from './read-orders.ts'
import { RowError } from './row-error.ts'

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit())
const print = (text: string) => void process.stdout.write(`${text}\n`)

try {
  const { path, store: storeName, help } = parseDemoArguments(process.argv.slice(2))
  if (help) print(usage)
  else await run(path, storeName)
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = 2
  } else if (error instanceof RowError || error instanceof UnreadableFileError || isEventfoldError(error)) {
    console.error(error.message)
    process.exitCode = 1
  } else {
    throw error
  }
}

async function run(path: string, storeName: ReturnType<typeof parseDemoArguments>['store']) {
  const rows = await countRows(path)
  const { store, whereabouts, close } = await openDemoStore(storeName)
  try {
    const shop = openShop(store, demoOutside(), { pollInterval: 50 })
    print(`Replaying ${count(rows)} orders into ${storeName}`)
    const progress = new ProgressDisplay(process.stdout, 100, '%')
    const start = performance.now()
    const { orders, commands, oddities } = await importOrders(shop.bus, readOrders(path), {
      onProgress: (done, of) => progress.update(Math.floor((100 * done) / of)),
    }).finally(() => progress.clear())
    const seconds = (performance.now() - start) / 1000
    print(
      `\n  ${count(commands)} commands in ${seconds.toFixed(2)} s: ${count(Math.round(commands / seconds))} a second`,
    )
    print(`  ${count(await store.head())} is the position of the last event, of ${count(orders)} orders`)
    for (const [oddity, times] of oddities) print(`  ${count(times)} ${oddity}`)

    await Promise.all([shop.details.start(), shop.sales.start()])
    const head = await store.head()
    for (const model of [shop.details, shop.sales]) await model.waitFor(head, { timeout: 60_000 })
    print('')
    await showOrders(shop, store, print)
    await showFulfilment(shop, print)
    await Promise.all([shop.details.stop(), shop.sales.stop()])
    print(`\n${whereabouts}`)
  } finally {
    await close()
  }
}
