import { isPromiseLike } from '../consumer/partition-checkpoint.ts'
import type { Delivery } from '../consumer/processor.ts'
import type { RecordedEvent } from '../event/event.ts'
import { type EventSource, filterOfSources, isFromSources } from '../event/event-sources.ts'
import type { SqlAdapter } from '../store/sql-adapter.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import type { ProjectionStorage } from './projection-storage.ts'

/** A table projection without its types. */
export interface AnyTableProjection {
  readonly kind: 'tables'
  readonly name: string
  readonly version: number
  readonly of: readonly EventSource[]
  readonly tables: readonly string[]
  readonly partitionBy: 'stream' | undefined
  readonly setUp: (database: never, table: never) => unknown
  readonly on: object
}

type Names = Readonly<Record<string, string>>
type Handler<Transaction> = (database: Transaction, event: RecordedEvent, table: Names) => unknown

/** The tables of a projection, a set of them for each generation, and the views that show those of one. */
export class TableStorage<Transaction> implements ProjectionStorage<Transaction> {
  readonly definition: AnyTableProjection
  readonly filter: LogFilter
  readonly #sql: SqlAdapter<Transaction>
  readonly #isFromSources: (event: RecordedEvent) => boolean
  readonly #handlers: ReadonlyMap<string, Handler<Transaction>>

  constructor(definition: AnyTableProjection, sql: SqlAdapter<Transaction>) {
    const { name, of, on } = definition
    this.definition = definition
    this.filter = filterOfSources(`Projection ${name}`, of, on)
    this.#sql = sql
    this.#isFromSources = isFromSources(of)
    this.#handlers = new Map(Object.entries(on))
  }

  get name(): string {
    return this.definition.name
  }

  get version(): number {
    return this.definition.version
  }

  get mayPartition(): boolean {
    return this.definition.partitionBy === 'stream'
  }

  keysOf(event: RecordedEvent): readonly string[] {
    return this.#handlers.has(event.type) && this.#isFromSources(event) ? [event.stream] : []
  }

  async create(generation: number, transaction: Transaction): Promise<void> {
    const setUp = this.definition.setUp as (database: Transaction, table: Names) => unknown
    await setUp(transaction, this.names(generation))
  }

  async apply(generation: number, deliveries: readonly Delivery[], transaction: Transaction): Promise<void> {
    const names = this.names(generation)
    for (const { event } of deliveries) {
      const result = this.#handlers.get(event.type)?.(transaction, event, names)
      if (isPromiseLike(result)) await result
    }
  }

  async publish(generation: number, transaction: Transaction): Promise<void> {
    for (const [view, table] of Object.entries(this.names(generation))) {
      const create = `VIEW "${view}" AS SELECT * FROM "${table}"`
      if (this.#sql.dialect === 'postgres' && (await this.#replace(create, transaction))) continue
      await this.#sql.run(`DROP VIEW IF EXISTS "${view}"`, transaction)
      await this.#sql.run(`CREATE ${create}`, transaction)
    }
  }

  async remove(generation: number): Promise<void> {
    for (const table of Object.values(this.names(generation))) {
      await this.#sql.run(`DROP TABLE IF EXISTS "${table}"`)
    }
  }

  names(generation: number): Names {
    return Object.fromEntries(this.definition.tables.map((table) => [table, `${table}__${generation}`]))
  }

  /** Keeps the privileges of a view, and what depends on it. Not possible where its columns have changed. */
  async #replace(create: string, transaction: Transaction): Promise<boolean> {
    await this.#sql.run('SAVEPOINT eventfold_view', transaction)
    try {
      await this.#sql.run(`CREATE OR REPLACE ${create}`, transaction)
      return true
    } catch {
      await this.#sql.run('ROLLBACK TO SAVEPOINT eventfold_view', transaction)
      return false
    }
  }
}
