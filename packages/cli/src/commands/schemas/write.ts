import { basename } from 'node:path'
import type { SchemaLock, SchemaProblem } from '@eventfold/core/schemas'
import { confirm } from '../../confirm.ts'
import { countOf } from '../../count-of.ts'
import type { Invocation } from '../../invocation.ts'
import { Output } from '../../output.ts'
import { countEvents, SchemaLockFile } from '../../schema-lock-file.ts'
import { type CommandGroup, configCommand } from '../../store-options.ts'

/** `schemas write`: locks how events look now. */
export function registerWrite(group: CommandGroup, invocation: Invocation): void {
  configCommand(group, 'write')
    .description('write how events look now into the lock file, to be kept beside the code')
    .option('--lock <file>', 'the lock file (default: events.lock.json beside the config)')
    .option('--yes', 'write it even where that hides a problem, and ask nothing')
    .addHelpText('after', explanation)
    .action(async ({ lock: file, yes = false, ...options }) => {
      const output = new Output(invocation, options.json ?? false)
      const locked = await SchemaLockFile.find(file, options, invocation)
      const previous = (await locked.read()) ?? none
      const problems = (await locked.check(previous)).filter(({ code }) => code !== 'not-locked')
      if (problems.length > 0) {
        await confirm(
          `${tell(problems)}\nThe lock would hide it, and events may not be read.`,
          basename(locked.path),
          yes,
          invocation,
        )
      }
      const lock = locked.next(previous)
      const isWritten = await locked.write(lock)
      const left = await locked.check(lock)
      if (left.length > 0) output.found()
      const value = { file: locked.path, written: isWritten, hidden: problems, problems: left }
      await output.document(value, () => {
        const said = `${locked.path}: ${countOf(countEvents(lock), 'event')}, ${isWritten ? 'written' : 'all as locked'}.`
        return left.length === 0 ? said : `${said}\nWhat no lock can hide:\n${tell(left)}`
      })
    })
}

const none: SchemaLock = { format: 'eventfold-schemas', formatVersion: 1, events: {} }

function tell(problems: readonly SchemaProblem[]): string {
  return problems.map(({ code, category, message }) => `${code} (${category}): ${message}`).join('\n')
}

const explanation = `
Versions and samples that are in the lock stay. Where events of before could not be read any more, it asks, and does
nothing without --yes where there is no terminal.
`
