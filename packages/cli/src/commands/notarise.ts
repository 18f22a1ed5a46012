import { notariseLog, verifyLog } from '@eventfold/core'
import { countOf } from '../count-of.ts'
import type { Invocation } from '../invocation.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { UsageError } from '../usage-error.ts'

/** `notarise` and `verify`: digests of the log, and whether it is still as they say. */
export function registerNotarise(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'notarise')
    .description('write down digests of the events that came since the last time')
    .addHelpText('after', keyExplanation)
    .action(async (options) => {
      await withSession(invocation, options, async ({ store, output }) => {
        const notarised = await notariseLog(store, keyFrom(invocation))
        await output.document(notarised, () => {
          return `Written down up to position ${notarised.position}. Keep its seal elsewhere: ${notarised.seal}`
        })
      })
    })
  storeCommand(program, 'verify')
    .description('find the first event that is not as it was written down; exit code 1 where there is one')
    .option('--known <position:seal>', 'what notarise once said, kept elsewhere')
    .addHelpText('after', keyExplanation)
    .action(async ({ known, ...options }) => {
      const asked = known === undefined ? {} : { known: parseKnown(known) }
      await withSession(invocation, options, async ({ store, output }) => {
        const report = await verifyLog(store, { ...keyFrom(invocation), ...asked })
        const { verified, notarised, removals, broken } = report
        await output.document({ ...report, broken: broken ?? null }, () =>
          [
            broken === undefined
              ? `All is as it was written down: ${countOf(verified, 'event')}, up to position ${notarised.position}.`
              : broken.message,
            ...removals.map(({ stream, version, events }) => {
              return `Maintenance has removed ${countOf(events, 'event')} of ${stream}, up to version ${version}.`
            }),
          ].join('\n'),
        )
        if (broken !== undefined) output.found()
      })
    })
}

/** Not an option: those are seen by everybody on the machine. */
function keyFrom({ environment }: Invocation): { readonly key?: string } {
  const key = environment['EVENTFOLD_NOTARY_KEY']
  return key === undefined ? {} : { key }
}

function parseKnown(text: string): { readonly position: number; readonly seal: string } {
  const found = /^(\d+):([0-9a-f]+)$/.exec(text)
  if (found === null) throw new UsageError('--known is not of the form <position>:<seal>.')
  return { position: Number(found[1]), seal: found[2] as string }
}

const keyExplanation = `
With the environment variable EVENTFOLD_NOTARY_KEY the digests are signed, so that somebody who can write to the database
cannot write them down anew.
`
