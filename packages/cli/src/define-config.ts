import type { ConsumerOptions, EventSchemas, EventSource, EventStore, Upcasters } from '@eventfold/core'
import type { AnySagaDefinition } from '@eventfold/core/adapter'
import type { ConfiguredRepository } from './with-repository.ts'

/** What the command line tells a config that opens its store itself. */
export interface StoreContext {
  /** Whether opening may change the schema: only `eventfold migrate` wants that. Hand it on to `openSqlite` or `openPostgres`. */
  readonly migrate: boolean
}

/** What `defineAggregate` returns, of any kind. */
export interface AggregateShape {
  readonly category: string
  readonly events: EventSchemas
  readonly initialState: unknown
  readonly evolve: object
}

/** What `defineOutbox` returns, of any kind. */
export interface OutboxShape {
  readonly name: string
  readonly messages: EventSchemas
}

/** What `defineProjection` or `defineTableProjection` returns, of any kind. */
export interface ProjectionShape {
  readonly kind: 'documents' | 'tables'
  readonly name: string
  readonly version: number
  readonly of: readonly EventSource[]
  readonly on: object
}

/** What `defineReactor` returns, of any kind. */
export interface ReactorShape {
  readonly name: string
  readonly of: readonly EventSource[]
  readonly on: object
}

/** A consumer without a definition, by its name in the store. */
export interface NamedConsumer {
  readonly name: string
  /** The one that it runs with, so that its lag counts those events only. Default: all events. */
  readonly filter?: NonNullable<ConsumerOptions['filter']>
}

/** What `defineSaga` or `defineStepSaga` returns, of any kind. */
export type SagaShape = AnySagaDefinition

/** What the command line knows of your program. Everything is optional; each part makes some commands say more. */
export interface EventfoldConfig {
  /**
   * Where the events are: a file of SQLite (relative to the config), a `postgres://` URL, or a function that opens the
   * store. `--store` and `EVENTFOLD_STORE` win over it.
   */
  readonly store?: string | ((context: StoreContext) => EventStore | Promise<EventStore>)
  /** Schema in Postgres, where `store` is a URL. Default `eventfold`. */
  readonly schema?: string
  /**
   * For `show`, the state of a stream; for `schemas`, how events look. With {@link withRepository}, where a repository
   * takes snapshots: for `snapshots`.
   */
  readonly aggregates?: readonly (AggregateShape | ConfiguredRepository)[]
  /** For `schemas`: how messages look. */
  readonly outboxes?: readonly OutboxShape[]
  /**
   * Those that your program opens its store with: for `schemas`, and for everything that reads a store which the command
   * line opens itself. A function `store` has to hand them on as well.
   */
  readonly upcasters?: Upcasters
  /** For `projections`: status, rebuild and check of read models, whatever mode they run in. `forget` builds them anew. */
  readonly projections?: readonly ProjectionShape[]
  /** For `consumers`: what each reads, so that its lag is exact. Consumers are found in the store also without. */
  readonly consumers?: readonly (ReactorShape | NamedConsumer)[]
  /** For `sagas`. Their commands are never sent from here, so no bus is needed. */
  readonly sagas?: readonly SagaShape[]
}

/**
 * The config of the command line: the default export of `eventfold.config.ts`, `.js` or `.mjs`. Returns what it was
 * given; the definitions are those that your program runs with.
 *
 * @example
 * export default defineConfig({
 *   store: ({ migrate }) => openPostgres({ connectionString: process.env.DATABASE_URL ?? '', migrate }),
 *   aggregates: [Account],
 *   projections: [AccountSummaries],
 *   sagas: [MoneyTransfer],
 * })
 */
export function defineConfig(config: EventfoldConfig): EventfoldConfig {
  return config
}
