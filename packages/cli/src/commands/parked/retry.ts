import { countOf } from '../../count-of.ts'
import type { Invocation } from '../../invocation.ts'
import { findConsumer } from '../../open-consumer.ts'
import { parkedAt } from '../../parked-events.ts'
import { positions } from '../../positions.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'

/** `parked retry <consumer> [<position>…]`: asks for parked events to be processed again. */
export function registerRetry(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'retry')
    .description('ask for parked events to be processed, by the instance that runs the consumer')
    .argument('<consumer>', 'its name, or that of a read model, saga or outbox')
    .argument('[position...]', 'only those with the same key as the event at this position', positions)
    .option('--key <key>', 'only those of this key')
    .addHelpText('after', explanation)
    .action(async (name, at = [], { key, ...options }) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const consumer = await findConsumer(store, name, config)
        const keys =
          at.length === 0 ? [key] : new Set((await parkedAt(consumer, at, key)).map((event) => event.key))
        let requested = 0
        for (const each of keys)
          requested += await consumer.retryParked(each === undefined ? {} : { key: each })
        const { instances } = await consumer.status()
        const isRunning = instances.length > 0
        await output.document({ consumer: consumer.name, keys: requested, isRunning }, () => {
          if (requested === 0) return `Nothing is parked for ${consumer.name}.`
          return `Asked for: the parked events of ${countOf(requested, 'key')} of ${consumer.name}.`
        })
        if (requested > 0 && !isRunning) output.note('No instance runs now. It is done as soon as one does.')
      })
    })
}

const explanation = `
Events of one key are processed in order, so what is parked with the same key is retried as well. What fails again stays
parked.
`
