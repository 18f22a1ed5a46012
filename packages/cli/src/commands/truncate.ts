import { truncateStream } from '@eventfold/core'
import { confirm } from '../confirm.ts'
import { countOf } from '../count-of.ts'
import type { Invocation } from '../invocation.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { wholeNumber } from '../whole-number.ts'

/** `truncate <stream>`: removes the events of a stream before a version. */
export function registerTruncate(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'truncate')
    .description('remove the events of a stream before a version, for good')
    .argument('<stream>', 'such as sensor-7')
    .requiredOption('--before <version>', 'the first version that stays', wholeNumber(1))
    .option('--force', 'also what some consumer has not processed yet, and so will never see')
    .option('--yes', 'ask nothing')
    .addHelpText('after', explanation)
    .action(async (stream, { before, force = false, yes = false, ...options }) => {
      await withSession(invocation, options, async ({ store, output }) => {
        const consequence = `The events of ${stream} before version ${before} are removed for good.`
        await confirm(consequence, stream, yes, invocation)
        const { removed, firstVersion, version } = await truncateStream(store, stream, { before, force })
        await output.document({ stream, removed, firstVersion, version }, () => {
          return `Removed ${countOf(removed, 'event')}. ${stream} has versions ${firstVersion} to ${version} now.`
        })
      })
    })
}

const explanation = `
The event at that version has to stand for those before it: folds begin there. Nothing is removed while a consumer is
behind it, unless --force says so. Read models keep what they have; one that is built again begins with what is left.
`
