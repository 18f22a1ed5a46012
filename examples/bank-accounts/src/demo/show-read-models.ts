import { openSummaries, openTotals } from '../read-models.ts'
import type { StoreName } from './demo-arguments.ts'
import { describeAccount } from './describe-account.ts'
import { describeSummaries } from './describe-summaries.ts'
import { describeTotals } from './describe-totals.ts'
import { leaseTime } from './lease-time.ts'
import type { DemoStore } from './open-demo-store.ts'
import { showRebuild } from './show-rebuild.ts'

/** How long a read model may take for a large statement, in milliseconds. */
const patience = 600_000

/** Brings the read models up to the present, shows what they tell, and rebuilds one. */
export async function showReadModels(
  demoStore: DemoStore,
  storeName: StoreName,
  output: NodeJS.WritableStream,
) {
  const print = (text: string) => output.write(`${text}\n`)
  const { store } = demoStore
  await using summaries = openSummaries(store, { leaseTime })
  await using totals = openTotals(store, { leaseTime })
  const statements = demoStore.openStatements({ leaseTime })
  await using statementTables = statements.readModel
  const models = [summaries, totals, statementTables].filter((model) => model !== undefined)

  print('\nRead models, each kept by a consumer of its own\n')
  const head = await store.head()
  const start = performance.now()
  for (const model of models) await model.start()
  for (const model of models) {
    await model.waitFor(head, { timeout: patience })
    const seconds = (performance.now() - start) / 1000
    print(`  ${model.name.padEnd('account-summary'.length)}  is up to date after ${seconds.toFixed(2)} s`)
  }
  if (statementTables === undefined) {
    print('  statement        is folded when it is asked for, as there are no tables')
  }

  const busiest = await summaries.find({}, { orderBy: 'bookings', backwards: true, limit: 1 })
  const [most] = busiest.documents
  if (most === undefined) return
  print(`\n${await describeSummaries(summaries)}`)
  print(`\n${await describeTotals(totals)}`)
  const account = { summary: most.document, lines: await statements.linesOf(most.key) }
  print(`\n${await describeAccount(store, most.key, account)}\n`)
  await showRebuild(demoStore, storeName, { summaries, account: most.key }, output)
}
