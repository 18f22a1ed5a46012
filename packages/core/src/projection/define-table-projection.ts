import { checkCount } from '../check-count.ts'
import { InvalidInputError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import { type EventFrom, type EventSource, filterOfSources } from '../event/event-sources.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { checkProjectionName } from './define-projection.ts'

/** The names under which a build of the read model has its tables, by their names in the definition. */
export type TableNames<Table extends string> = { readonly [Name in Table]: string }

/**
 * One function per event type, which writes through the transaction of the store. It may be called again after a
 * rollback. Types that do not matter are left out.
 */
export type TableHandlers<Event extends RecordedEvent, Transaction, Table extends string> = {
  readonly [Type in Event['type']]?: (
    database: Transaction,
    event: Extract<Event, RecordedEvent<Type>>,
    table: TableNames<Table>,
  ) => unknown
}

/** A kind of read model: events to rows of tables of its own. Made by {@link defineTableProjection}. */
export interface TableProjection<
  Event extends RecordedEvent,
  Transaction,
  Table extends string,
  Source extends EventSource = EventSource,
> {
  readonly kind: 'tables'
  readonly name: string
  readonly version: number
  readonly of: readonly Source[]
  readonly tables: readonly Table[]
  readonly partitionBy: 'stream' | undefined
  readonly setUp: (database: Transaction, table: TableNames<Table>) => unknown
  readonly on: TableHandlers<Event, Transaction, Table>
}

/**
 * Defines a read model of tables, on a store that speaks SQL. Its handlers get the transaction in which the checkpoint
 * moves: what they write is committed with it, exactly once. They write nothing but their own tables.
 *
 * Every build has tables of its own, so that a rebuild goes on beside what serves; `table` has their names. Reading is
 * done by your own SQL, from views with the plain names, which a rebuild replaces in one transaction. Name indexes
 * after the table, as each build creates its own.
 *
 * @param name of the read model in the store; at most 128 bytes, without # : /
 * @throws InvalidInputError `invalid-definition`
 * @example
 * const Statement = defineTableProjection('statement', {
 *   of: [Account],
 *   database: typeOf<ClientBase>(),
 *   tables: ['statement_lines'],
 *   setUp: (database, table) =>
 *     database.query(`CREATE TABLE ${table.statement_lines} (account text, line int, cents bigint)`),
 *   on: {
 *     MoneyDeposited: (database, { stream, version, data }, table) =>
 *       database.query(`INSERT INTO ${table.statement_lines} VALUES ($1, $2, $3)`, [stream, version, data.cents]),
 *   },
 * })
 */
export function defineTableProjection<Source extends EventSource, Transaction, const Table extends string>(
  name: string,
  definition: {
    /** Raised whenever handlers or tables change: the read model is then built anew beside the old one. Default 1. */
    readonly version?: number
    /** Aggregate definitions, whose events are handled. */
    readonly of: readonly Source[]
    /** Only a type: that of the transactions of the store, such as `ClientBase` of pg or `Database` of better-sqlite3. */
    readonly database: StandardSchema<Transaction>
    /** Plain lower-case names, at most 50 characters. */
    readonly tables: readonly Table[]
    /**
     * Says that no row depends on events of several streams, so that several partitions may work on them in any order.
     * Default: all events are handled one after another.
     */
    readonly partitionBy?: 'stream'
    /** Creates the tables, and their indexes. */
    readonly setUp: (database: NoInfer<Transaction>, table: TableNames<NoInfer<Table>>) => unknown
    readonly on: NoInfer<TableHandlers<EventFrom<Source>, Transaction, Table>>
  },
): TableProjection<EventFrom<Source>, Transaction, Table, Source> {
  const { version = 1, of, tables, partitionBy, setUp, on } = definition
  checkProjectionName(name)
  checkCount(version, `version of projection ${name}`, 1)
  filterOfSources(`Projection ${name}`, of, on)
  if (tables.length === 0 || new Set(tables).size < tables.length) {
    throw new InvalidInputError('invalid-definition', `Projection ${name} needs tables with different names.`)
  }
  for (const table of tables) {
    if (/^[a-z_][a-z0-9_]{0,49}$/.test(table)) continue
    throw new InvalidInputError(
      'invalid-definition',
      `The table ${JSON.stringify(table)} of projection ${name} is not a plain lower-case name of at most 50 characters.`,
    )
  }
  return Object.freeze({ kind: 'tables', name, version, of, tables, partitionBy, setUp, on })
}
