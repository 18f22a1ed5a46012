import { EventStore, type EventStoreOptions } from '@eventfold/core'
import type { ClientBase } from 'pg'
import type { Ordering } from './migrations/001/ordering.ts'
import type { PostgresAdapter } from './postgres-adapter.ts'
import { schemaSql } from './schema-sql.ts'

/** An event store in PostgreSQL. Its transactions are clients of `pg` on which `BEGIN` was sent. */
export class PostgresStore extends EventStore<ClientBase> {
  readonly #schema: string

  /** @internal */
  constructor(adapter: PostgresAdapter, schema: string, options: EventStoreOptions) {
    super(adapter, options)
    this.#schema = schema
  }

  /** The SQL that makes the schema of this store in an empty place; the same as {@link schemaSql}. */
  schema(ordering: Ordering = 'announced'): string {
    return schemaSql({ schema: this.#schema, ordering })
  }
}
