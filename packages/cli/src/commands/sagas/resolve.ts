import { Option } from '@commander-js/extra-typings'
import { confirm } from '../../confirm.ts'
import type { Invocation } from '../../invocation.ts'
import { findSaga } from '../../open-saga.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'

/** `sagas resolve <saga> <key> --as …`: decides how an instance ends. */
export function registerResolve(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'resolve')
    .description('decide how an instance ends, where somebody has put things right by hand')
    .argument('<saga>', 'its name')
    .argument('<key>', 'of the instance')
    .addOption(
      new Option('--as <outcome>', 'how it ends')
        .choices(['completed', 'failed'] as const)
        .makeOptionMandatory(),
    )
    .option('--note <text>', 'why, for its history')
    .option('--yes', 'ask nothing')
    .action(async (name, key, { as, note, yes = false, ...options }) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const saga = findSaga(store, config, name)
        await confirm(`Instance ${key} of ${name} ends as ${as}: it does nothing more.`, key, yes, invocation)
        await saga.resolve(key, { as, ...(note !== undefined && { note }) })
        const isRunning = (await saga.inputs.status()).instances.length > 0
        await output.document({ saga: name, key, requested: 'resolve', as, isRunning }, () => {
          return `Decided: instance ${key} of ${name} ends as ${as}.`
        })
        if (!isRunning) output.note('No instance of the saga runs now. It is done as soon as one does.')
      })
    })
}
