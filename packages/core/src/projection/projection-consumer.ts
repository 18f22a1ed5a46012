import { Consumer } from '../consumer/consumer.ts'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import { consumerSettings } from '../consumer/consumer-settings.ts'
import { prepareConsumer } from '../consumer/prepare-consumer.ts'
import type { Processor } from '../consumer/processor.ts'
import { InvalidInputError } from '../errors.ts'
import { generationName } from './generation-record.ts'
import type { Generations } from './generations.ts'
import type { ProjectionStorage } from './projection-storage.ts'

/** The consumer that builds a generation, and keeps it up to date. */
export function projectionConsumer<Transaction>(
  { store, storage }: Generations<Transaction>,
  generation: number,
  options: ConsumerOptions,
): Consumer<Transaction> {
  checkPartitions(storage, options.partitions)
  const name = generationName(storage.name, generation)
  return new Consumer(store, name, processorOf(storage, generation), {
    ...options,
    filter: storage.filter,
    from: 'beginning',
  })
}

/** Joins the partitions of a generation into one. Those who work on them are fenced, and go on with it. */
export async function repartitionProjection<Transaction>(
  { store, storage }: Generations<Transaction>,
  generation: number,
): Promise<void> {
  const name = generationName(storage.name, generation)
  const options = { filter: storage.filter, partitions: 1 }
  await prepareConsumer(consumerSettings(store, name, processorOf(storage, generation), options))
}

/** @throws InvalidInputError `invalid-option` */
export function checkPartitions<Transaction>(
  { name, mayPartition }: ProjectionStorage<Transaction>,
  partitions: number | undefined,
): void {
  if (mayPartition || partitions === undefined || partitions === 1) return
  throw new InvalidInputError(
    'invalid-option',
    `Projection ${name} handles all events one after another. If no row depends on several streams, say ` +
      "partitionBy: 'stream' in its definition.",
  )
}

function processorOf<Transaction>(
  storage: ProjectionStorage<Transaction>,
  generation: number,
): Processor<Transaction> {
  return {
    keysOf: (event) => storage.keysOf(event),
    apply: (deliveries, transaction) => storage.apply(generation, deliveries, transaction),
    appends: false,
  }
}
