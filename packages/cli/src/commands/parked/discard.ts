import type { ParkedSelection } from '@eventfold/core'
import { confirm } from '../../confirm.ts'
import { countOf } from '../../count-of.ts'
import type { Invocation } from '../../invocation.ts'
import { findConsumer } from '../../open-consumer.ts'
import { parkedAt, parkedEvents } from '../../parked-events.ts'
import { positions } from '../../positions.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'
import { UsageError } from '../../usage-error.ts'

/** `parked discard <consumer> <position>…`: gives up parked events. */
export function registerDiscard(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'discard')
    .description('give up parked events: the consumer never processes them')
    .argument('<consumer>', 'its name, or that of a read model, saga or outbox')
    .argument('[position...]', 'of the events', positions)
    .option('--key <key>', 'those of this key')
    .option('--all', 'all that are parked for the consumer')
    .option('--yes', 'ask nothing')
    .action(async (name, at = [], { key, all = false, yes = false, ...options }) => {
      if (all === (at.length > 0 || key !== undefined)) {
        throw new UsageError('Say which events: by their positions, by --key, or --all.')
      }
      await withSession(invocation, options, async ({ store, config, output }) => {
        const consumer = await findConsumer(store, name, config)
        const selections: ParkedSelection[] = []
        let expected = 0
        if (at.length > 0) {
          selections.push(...(await parkedAt(consumer, at, key)))
          expected = selections.length
        } else {
          selections.push(key === undefined ? {} : { key })
          for await (const _ of parkedEvents(consumer, key)) expected++
        }
        if (expected > 0) {
          const consequence = `${consumer.name} will never process ${countOf(expected, 'parked event')}.`
          await confirm(consequence, name, yes, invocation)
        }
        let discarded = 0
        for (const { key: own, position } of selections) {
          discarded += await consumer.discardParked({
            ...(own !== undefined && { key: own }),
            ...(position !== undefined && { position }),
          })
        }
        await output.document({ consumer: consumer.name, discarded }, () => {
          return discarded === 0 ? `Nothing is parked for ${consumer.name}.` : `Discarded: ${discarded}.`
        })
      })
    })
}
