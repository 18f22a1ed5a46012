export {
  type AggregateShape,
  defineConfig,
  type EventfoldConfig,
  type NamedConsumer,
  type OutboxShape,
  type ProjectionShape,
  type ReactorShape,
  type SagaShape,
  type StoreContext,
} from './define-config.ts'
export { type ConfiguredRepository, type RepositoryShape, withRepository } from './with-repository.ts'
