import { doctor, type Finding } from '@eventfold/core'
import type { Invocation } from '../invocation.ts'
import { Listing } from '../listing.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { wholeNumber } from '../whole-number.ts'

/** `doctor`: what is wrong with a store, or may become so. */
export function registerDoctor(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'doctor')
    .description('look a store over; exit code 1 where it finds an error')
    .option('--thorough', 'read all of the storage in search of damage, where that is possible; takes long')
    .option('--strict', 'exit code 1 for warnings as well')
    .option('--patience <seconds>', 'how long a lag may last before it is a warning', wholeNumber(0), 60)
    .addHelpText('after', explanation)
    .action(async ({ thorough = false, strict = false, patience, ...options }) => {
      await withSession(invocation, options, async ({ store, output }) => {
        const listing = new Listing<Finding>(output, [
          { title: 'severity', cell: ({ severity }) => severity },
          { title: 'code', cell: ({ code }) => code },
          {
            title: 'what, and what to do',
            cell: ({ message, advice }) => `${message} ${advice}`,
            wraps: true,
          },
        ])
        const findings = await doctor(store, { thorough, patience: patience * 1_000 })
        for (const finding of findings) await listing.add(finding)
        await listing.end('There is nothing to say.')
        const counts = (['error', 'warning'] as const).map((severity) => {
          return findings.filter((finding) => finding.severity === severity).length
        })
        const [errors = 0, warnings = 0] = counts
        if (errors > 0 || (strict && warnings > 0)) output.found()
      })
    })
}

const explanation = `
Errors come first: a guarantee does not hold, or something stands still. Warnings are for somebody to look at, such as a
consumer that nobody runs at the moment. It changes nothing.
`
