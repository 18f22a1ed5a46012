import {
  Consumer,
  type ConsumerOptions,
  type EventStore,
  type ReactorDefinition,
  type RecordedEvent,
  react,
} from '@eventfold/core'
import { consumerNames } from '@eventfold/core/adapter'
import type { EventfoldConfig, ReactorShape } from './define-config.ts'
import { openSaga } from './open-saga.ts'
import { UsageError } from './usage-error.ts'

/** A consumer of the store, to look after and never to run. With its definition in the config, its lag is exact. */
export function openConsumer(store: EventStore, name: string, config: EventfoldConfig): Consumer {
  const { consumers = [], projections = [], sagas = [] } = config
  for (const definition of sagas) {
    const { inputs, commands } = openSaga(store, definition)
    if (inputs.name === name) return inputs
    if (commands.name === name) return commands
  }
  const known =
    consumers.find((consumer) => consumer.name === name) ??
    projections.find((projection) => isGenerationOf(name, projection.name))
  if (known !== undefined && 'of' in known) return withSources(store, name, known)
  const options: ConsumerOptions = known?.filter === undefined ? ownStream(name) : { filter: known.filter }
  return new Consumer(store, name, { handle: refuse }, options)
}

/**
 * The consumer that an operator means: by its name in the store, or by that of a read model, saga, outbox or command
 * queue, where that leaves no choice.
 *
 * @throws UsageError
 */
export async function findConsumer(
  store: EventStore,
  given: string,
  config: EventfoldConfig,
): Promise<Consumer> {
  const names = await consumerNames(store)
  const meant = names.includes(given) ? [given] : names.filter((name) => isConsumerOf(name, given))
  const [name, other] = meant
  if (name !== undefined && other === undefined) return openConsumer(store, name, config)
  if (name !== undefined) {
    throw new UsageError(`${given} has several consumers.`, { next: `Name one of: ${meant.join(', ')}` })
  }
  throw new UsageError(`There is no consumer ${given} in the store.`, {
    next: names.length === 0 ? 'None has been started yet.' : `There are: ${names.join(', ')}`,
  })
}

function isConsumerOf(name: string, given: string): boolean {
  const owners = [`saga:${given}`, `outbox:${given}`, `commands:${given}`]
  return isGenerationOf(name, given) || owners.some((owner) => name === owner || name === `${owner}/commands`)
}

function isGenerationOf(name: string, projection: string): boolean {
  return name.startsWith(`${projection}#`) && /^\d+$/.test(name.slice(projection.length + 1))
}

/** What builds a read model beside the one that serves: its status says why a build has failed. */
export function buildingConsumer(store: EventStore, projection: string, generation: number): Consumer {
  return openConsumer(store, `${projection}#${generation}`, {})
}

/** A reactor and a projection read what their definitions say, by the same rule. */
function withSources(store: EventStore, name: string, { of, on }: ReactorShape): Consumer {
  const definition: ReactorDefinition<RecordedEvent> = { name, of, on, key: undefined }
  return react(definition, store)
}

/** An outbox and a command queue read a category of their own, which has their name. */
function ownStream(name: string): ConsumerOptions {
  return /^(outbox|commands):/.test(name) ? { filter: { category: name } } : {}
}

function refuse(): never {
  throw new Error('The command line runs no consumer.')
}
