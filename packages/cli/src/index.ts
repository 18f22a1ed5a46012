export {
  type AggregateShape,
  type ConfigSaga,
  defineConfig,
  type EventfoldConfig,
  type NamedConsumer,
  type ProjectionShape,
  type ReactorShape,
  type StoreContext,
} from './define-config.ts'
