export {
  type AggregateShape,
  defineConfig,
  type EventfoldConfig,
  type NamedConsumer,
  type ProjectionShape,
  type ReactorShape,
  type SagaShape,
  type StoreContext,
} from './define-config.ts'
