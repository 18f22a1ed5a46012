import type { Invocation } from '../../invocation.ts'
import { findSaga } from '../../open-saga.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'

/** `sagas retry <saga> <key>`: asks a stuck instance to go on. */
export function registerRetry(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'retry')
    .description('ask a stuck instance to go on')
    .argument('<saga>', 'its name')
    .argument('<key>', 'of the instance')
    .option('--note <text>', 'why, for its history')
    .action(async (name, key, { note, ...options }) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const saga = findSaga(store, config, name)
        await saga.retry(key, note === undefined ? {} : { note })
        const isRunning = (await saga.inputs.status()).instances.length > 0
        await output.document({ saga: name, key, requested: 'retry', isRunning }, () => {
          return `Asked for: instance ${key} of ${name} goes on.`
        })
        if (!isRunning) output.note('No instance of the saga runs now. It is done as soon as one does.')
      })
    })
}
