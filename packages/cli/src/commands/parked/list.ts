import type { Consumer, ParkedEvent } from '@eventfold/core'
import { consumerNames } from '@eventfold/core/adapter'
import type { Invocation } from '../../invocation.ts'
import { Listing } from '../../listing.ts'
import { findConsumer, openConsumer } from '../../open-consumer.ts'
import { parkedEvents } from '../../parked-events.ts'
import { showTime } from '../../point-in-time.ts'
import { type Session, withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'
import { withoutStack } from '../../without-stack.ts'

/** `parked [list] [<consumer>]`: the events that one consumer holds back, or all of them do. */
export function registerList(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'list', { isDefault: true })
    .description('list the events that a consumer holds back, or all consumers do')
    .argument('[consumer]', 'its name, or that of a read model, saga or outbox')
    .option('--key <key>', 'only those of this key')
    .action(async (name, { key, ...options }) => {
      await withSession(invocation, options, async (session) => {
        const listing = new Listing<ListedEvent>(
          session.output,
          [
            { title: 'consumer', cell: ({ consumer }) => consumer },
            { title: 'key', cell: ({ event }) => event.key },
            { title: 'position', cell: ({ event }) => event.position, align: 'right' },
            { title: 'type', cell: ({ event }) => event.type },
            { title: 'attempts', cell: ({ event }) => event.attempts, align: 'right' },
            { title: 'parked at', cell: ({ event }) => showTime(event.parkedAt) },
            { title: 'why', cell: ({ event }) => event.error?.message ?? 'is behind one that has failed' },
          ],
          ({ consumer, event }) => ({ consumer, ...event, error: withoutStack(event.error) }),
        )
        for (const consumer of await consumersOf(session, name)) {
          for await (const event of parkedEvents(consumer, key)) {
            await listing.add({ consumer: consumer.name, event })
          }
        }
        await listing.end('Nothing is parked.')
      })
    })
}

interface ListedEvent {
  readonly consumer: string
  readonly event: ParkedEvent
}

async function consumersOf(
  { store, config }: Session,
  name: string | undefined,
): Promise<readonly Consumer[]> {
  if (name !== undefined) return [await findConsumer(store, name, config)]
  return (await consumerNames(store)).map((found) => openConsumer(store, found, config))
}
