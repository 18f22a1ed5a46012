import { isEventfoldError } from '@eventfold/core'
import { countRows, UnreadableFileError, UsageError } from '@eventfold/example-terminal'
import { BookingRefusedError } from './booking-refused-error.ts'
import { parseDemoArguments, usage } from './demo/demo-arguments.ts'
import { openDemoStore } from './demo/open-demo-store.ts'
import { runDemo } from './demo/run-demo.ts'
import { StatementError } from './statement-error.ts'

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit())

try {
  const demo = parseDemoArguments(process.argv.slice(2))
  if (demo.help) {
    console.log(usage)
  } else {
    const rows = await countRows(demo.statement)
    const opened = await openDemoStore(demo.store, demo.database)
    try {
      await runDemo(demo, rows, opened, process.stdout)
    } finally {
      await opened.close()
    }
  }
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = 2
  } else if (isExpected(error)) {
    console.error(error.message)
    process.exitCode = 1
  } else {
    throw error
  }
}

/** What can happen to a program without a mistake in it. */
function isExpected(error: unknown): error is Error {
  return (
    error instanceof StatementError ||
    error instanceof BookingRefusedError ||
    error instanceof UnreadableFileError ||
    isEventfoldError(error)
  )
}
