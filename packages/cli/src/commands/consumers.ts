import type { ConsumerStatus } from '@eventfold/core'
import { consumerNames } from '@eventfold/core/adapter'
import type { Invocation } from '../invocation.ts'
import { Listing } from '../listing.ts'
import { openConsumer } from '../open-consumer.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { withoutStack } from '../without-stack.ts'

/** `consumers`: how every consumer of the store is, those of read models and sagas included. */
export function registerConsumers(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'consumers')
    .description('status of all consumers of the store, with or without a config')
    .action(async (options) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const listing = new Listing<ConsumerStatus>(
          output,
          [
            { title: 'consumer', cell: ({ name }) => name },
            { title: 'state', cell: stateOf },
            { title: 'instances', cell: ({ instances }) => instances.length, align: 'right' },
            { title: 'position', cell: positionOf, align: 'right' },
            { title: 'behind', cell: ({ lag }) => lag.events, align: 'right' },
            { title: 'seconds', cell: ({ lag }) => Math.round(lag.seconds), align: 'right' },
            { title: 'parked', cell: ({ parked }) => parked, align: 'right' },
            { title: 'error', cell: ({ error }) => error?.message },
          ],
          toValue,
        )
        for (const name of await consumerNames(store)) {
          await listing.add(await openConsumer(store, name, config).status())
        }
        await listing.end('No consumer has been started yet.')
      })
    })
}

/** This process itself never runs one. */
function stateOf({ state, instances }: ConsumerStatus): string {
  if (state === 'failed') return state
  return instances.length > 0 ? 'running' : 'stopped'
}

function positionOf({ partitions }: ConsumerStatus): number {
  return partitions.length === 0 ? 0 : Math.min(...partitions.map(({ position }) => position))
}

function toValue(status: ConsumerStatus): unknown {
  const { name, instances, partitions, parked, lag, error } = status
  return {
    name,
    state: stateOf(status),
    position: positionOf(status),
    lag,
    parked,
    instances,
    partitions: partitions.map(({ mine: _, failed, ...partition }) => {
      return { ...partition, failed: withoutStack(failed) }
    }),
    error: withoutStack(error),
  }
}
