import { relative } from 'node:path'
import { count, ProgressDisplay } from '@eventfold/example-terminal'
import { importStatement } from '../import-statement.ts'
import { readStatement } from '../read-statement.ts'
import { reconcile } from '../reconcile.ts'
import type { parseDemoArguments } from './demo-arguments.ts'
import { describeComparison } from './describe-comparison.ts'
import type { DemoStore } from './open-demo-store.ts'
import { showReadModels } from './show-read-models.ts'
import { countStored } from './stored-totals.ts'

type DemoArguments = ReturnType<typeof parseDemoArguments>

/**
 * Imports, compares, and shows the read models.
 *
 * @param rows how many bookings the statement has
 */
export async function runDemo(
  { statement, store: storeName }: DemoArguments,
  rows: number,
  demoStore: DemoStore,
  output: NodeJS.WritableStream,
) {
  const { store, whereabouts, database } = demoStore
  const print = (text: string) => output.write(`${text}\n`)
  print(`Importing ${shorten(statement)} into ${storeName}`)

  const progress = new ProgressDisplay(output, rows, 'bookings')
  const start = performance.now()
  const imported = await importStatement(store, readStatement(statement), {
    onProgress: ({ booked, alreadyBooked }) => progress.update(booked + alreadyBooked),
  }).finally(() => progress.clear())
  const seconds = (performance.now() - start) / 1000

  const newEvents = imported.opened + imported.booked
  const stored = await countStored(store)
  print('')
  if (newEvents > 0) {
    const rate = `${count(Math.round(newEvents / seconds))} a second`
    print(`  ${count(newEvents)} events in ${seconds.toFixed(2)} s: ${rate}, a command for each`)
  }
  if (imported.alreadyBooked > 0) {
    print(`  ${count(imported.alreadyBooked)} bookings were there already, and nothing changed for them`)
  }
  print(`  ${count(stored.events)} events in ${count(stored.streams)} streams are stored`)

  const comparisons = await reconcile(store, readStatement(statement))
  print(`\n${describeComparison(comparisons)}`)

  await showReadModels(demoStore, storeName, output)

  print(`\n${whereabouts}`)
  if (database !== undefined) {
    print('Give it as --database to import again: nothing will change.')
  }
}

function shorten(path: string) {
  const fromHere = relative(process.cwd(), path)
  return fromHere.length < path.length ? fromHere : path
}
