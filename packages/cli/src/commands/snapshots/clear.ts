import type { Invocation } from '../../invocation.ts'
import { openSnapshots } from '../../open-snapshots.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'

/** `snapshots clear [category]`: removes all snapshots, of whichever code. */
export function registerClear(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'clear')
    .description('remove all snapshots: the next loads fold their streams, and take new ones')
    .argument('[category]', 'of the aggregate; default: all of the config that have snapshots')
    .action(async (category, options) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const cleared: string[] = []
        for (const { category: own, snapshots } of openSnapshots(store, config, category)) {
          await snapshots.clear()
          cleared.push(own)
        }
        await output.document({ cleared }, () => `Removed all snapshots of: ${cleared.join(', ')}.`)
      })
    })
}
