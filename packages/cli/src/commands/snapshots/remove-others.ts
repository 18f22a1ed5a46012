import type { Invocation } from '../../invocation.ts'
import { openSnapshots } from '../../open-snapshots.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'

/** `snapshots remove-others [category]`: removes the snapshots of earlier code. */
export function registerRemoveOthers(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'remove-others')
    .description('remove the snapshots that other code has taken, when none of it runs any more')
    .argument('[category]', 'of the aggregate; default: all of the config that have snapshots')
    .action(async (category, options) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const kept: string[] = []
        for (const { category: own, snapshots } of openSnapshots(store, config, category)) {
          await snapshots.removeOthers()
          kept.push(own)
        }
        await output.document({ kept }, () => `Removed all snapshots of other code of: ${kept.join(', ')}.`)
      })
    })
}
