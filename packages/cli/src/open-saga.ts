import { type CommandSender, type EventStore, type Saga, type SagaDefinition, saga } from '@eventfold/core'
import type { EventfoldConfig, SagaShape } from './define-config.ts'
import { UsageError } from './usage-error.ts'

/** A saga of the config, to look after and never to run. */
export function openSaga(store: EventStore, definition: SagaShape): Saga {
  return saga(definition as SagaDefinition, store, { bus: refusing })
}

/**
 * The sagas of the config, or the one of that name.
 *
 * @throws UsageError
 */
export function openSagas(
  store: EventStore,
  { sagas = [] }: EventfoldConfig,
  name?: string,
): readonly Saga[] {
  if (sagas.length === 0) {
    throw new UsageError('The config has no sagas.', {
      next: 'Add their definitions to `sagas` in eventfold.config.ts.',
    })
  }
  const meant = sagas.filter((definition) => name === undefined || definition.name === name)
  if (meant.length === 0) {
    throw new UsageError(`The config has no saga ${name}.`, {
      next: `There are: ${sagas.map((definition) => definition.name).join(', ')}`,
    })
  }
  return meant.map((definition) => openSaga(store, definition))
}

/** @throws UsageError */
export function findSaga(store: EventStore, config: EventfoldConfig, name: string): Saga {
  return openSagas(store, config, name)[0] as Saga
}

const refusing: CommandSender = {
  send: async () => {
    throw new Error('The command line sends no commands.')
  },
}
