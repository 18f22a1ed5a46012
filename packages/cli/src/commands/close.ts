import { closeStream, reopenStream } from '@eventfold/core'
import { countOf } from '../count-of.ts'
import type { Invocation } from '../invocation.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'

/** `close <stream>` and `reopen <stream>`: whether a stream takes further events. */
export function registerClose(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'close')
    .description('let nobody append to a stream any more, until it is opened again')
    .argument('<stream>', 'such as account-42')
    .action(async (stream, options) => {
      await withSession(invocation, options, async ({ store, output }) => {
        const { version, closed } = await closeStream(store, stream)
        await output.document(
          { stream, version, closed },
          () => `${stream} is closed, at version ${version}.`,
        )
      })
    })
  storeCommand(program, 'reopen')
    .description('let a closed stream go on')
    .argument('<stream>', 'such as account-42')
    .action(async (stream, options) => {
      await withSession(invocation, options, async ({ store, output }) => {
        const { version, closed } = await reopenStream(store, stream)
        await output.document({ stream, version, closed }, () => {
          return `${stream} is open, and has ${countOf(version, 'version')}.`
        })
      })
    })
}
