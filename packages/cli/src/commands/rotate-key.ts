import { rotateKey } from '@eventfold/core'
import { checkSubject } from '../check-subject.ts'
import type { Invocation } from '../invocation.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'

/** `rotate-key <subject>`: another key for what will be stored of a person. */
export function registerRotateKey(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'rotate-key')
    .description('give somebody another key, for what is stored from now on')
    .argument('<subject>', 'whose')
    .addHelpText('after', explanation)
    .action(async (subject, options) => {
      await withSession(invocation, options, async ({ store, output }) => {
        await checkSubject(store, subject)
        await rotateKey(store, subject)
        await output.document({ subject, rotated: true }, () => `${subject} has another key from now on.`)
      })
    })
}

const explanation = `
What was stored before stays readable, by the keys of before. Programs that run take the new one within the time for
which they keep keys in mind (\`cacheFor\`, one minute by default).
`
