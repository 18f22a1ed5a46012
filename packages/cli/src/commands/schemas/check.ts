import { countOf } from '../../count-of.ts'
import type { Invocation } from '../../invocation.ts'
import { Listing } from '../../listing.ts'
import { Output } from '../../output.ts'
import { problemColumns } from '../../problem-columns.ts'
import { countEvents, SchemaLockFile } from '../../schema-lock-file.ts'
import { type CommandGroup, configCommand } from '../../store-options.ts'
import { UsageError } from '../../usage-error.ts'

/** `schemas check`: whether every event that may be stored is read as the definitions say. */
export function registerCheck(group: CommandGroup, invocation: Invocation): void {
  configCommand(group, 'check')
    .description('compare the definitions with the lock file; exit code 1 where there is a problem')
    .option('--lock <file>', 'the lock file (default: events.lock.json beside the config)')
    .addHelpText('after', explanation)
    .action(async ({ lock: file, ...options }) => {
      const output = new Output(invocation, options.json ?? false)
      const locked = await SchemaLockFile.find(file, options, invocation)
      const lock = await locked.read()
      if (lock === undefined) {
        throw new UsageError(`There is no lock ${locked.path}.`, {
          next: 'Write it: eventfold schemas write',
        })
      }
      const problems = await locked.check(lock)
      if (problems.length > 0) output.found()
      if (output.json) {
        return output.document({ file: locked.path, ok: problems.length === 0, problems }, () => '')
      }
      if (problems.length === 0) {
        return output.write(`${locked.path}: ${countOf(countEvents(lock), 'event')}, all as locked.`)
      }
      const listing = new Listing(output, problemColumns)
      for (const problem of problems) await listing.add(problem)
      await listing.flush()
    })
}

const explanation = `
It needs no store: for continuous integration. Events of before that the definitions cannot read any more are a problem,
and so is an event that the lock does not have yet, which only asks for: eventfold schemas write
`
