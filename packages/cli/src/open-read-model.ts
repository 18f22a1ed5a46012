import {
  type DocumentProjection,
  type DocumentReadModel,
  type EventStore,
  type ReadModelOptions,
  type RecordedEvent,
  readModel,
  type TableProjection,
  type TableReadModel,
} from '@eventfold/core'
import type { EventfoldConfig, ProjectionShape } from './define-config.ts'
import { UsageError } from './usage-error.ts'

/** A read model of either kind, to look after and never to run. */
export type AnyReadModel =
  | { readonly kind: 'documents'; readonly model: DocumentReadModel<unknown, Record<never, never>> }
  | { readonly kind: 'tables'; readonly model: TableReadModel }

/** The read models of the config. Whatever mode they run in, this is how one looks at them from outside. */
export function openReadModels(
  store: EventStore,
  config: EventfoldConfig,
  options: ReadModelOptions = {},
): readonly AnyReadModel[] {
  return projectionsOf(config).map((definition) => openReadModel(store, definition, options))
}

/**
 * The read model of a name.
 *
 * @throws UsageError
 */
export function findReadModel(
  store: EventStore,
  config: EventfoldConfig,
  name: string,
  options: ReadModelOptions = {},
): AnyReadModel {
  const projections = projectionsOf(config)
  const definition = projections.find((projection) => projection.name === name)
  if (definition !== undefined) return openReadModel(store, definition, options)
  throw new UsageError(`The config has no projection ${name}.`, {
    next: `There are: ${projections.map((projection) => projection.name).join(', ')}`,
  })
}

function projectionsOf({ projections = [] }: EventfoldConfig): readonly ProjectionShape[] {
  if (projections.length > 0) return projections
  throw new UsageError('The config has no projections.', {
    next: 'Add their definitions to `projections` in eventfold.config.ts.',
  })
}

function openReadModel(
  store: EventStore,
  definition: ProjectionShape,
  options: ReadModelOptions,
): AnyReadModel {
  if (definition.kind === 'documents') {
    const projection = definition as DocumentProjection<RecordedEvent, unknown, Record<never, never>>
    return { kind: 'documents', model: readModel(projection, store, { ...options, mode: 'async' }) }
  }
  const projection = definition as TableProjection<RecordedEvent, unknown, string>
  return { kind: 'tables', model: readModel(projection, store, { ...options, mode: 'async' }) }
}
