import { checkCount } from '../check-count.ts'
import type { SqlAdapter } from '../store/sql-adapter.ts'
import type { DryRunReport } from './compare-documents.ts'
import { compareTables, type TableDifference } from './compare-tables.ts'
import type { Generations } from './generations.ts'
import type { ReadModelOptions } from './read-model-options.ts'
import { beginRebuild, buildGeneration, type DryRunOptions } from './rebuild.ts'
import { StoredReadModel } from './stored-read-model.ts'
import type { TableStorage } from './table-storage.ts'
import type { Upkeep } from './upkeep.ts'

export interface TableDryRunOptions extends DryRunOptions {
  /** Columns that differ by their nature, such as generated ids and times of writing. */
  readonly ignoreColumns?: readonly string[]
}

/**
 * Tables of your own, up to date by appends or by a consumer. Made by `readModel`. They are read by your SQL, from the
 * views with the names of the definition, which exist from the first `start` on.
 */
export class TableReadModel<Transaction = unknown> extends StoredReadModel<Transaction> {
  readonly #storage: TableStorage<Transaction>
  readonly #sql: SqlAdapter<Transaction>

  /** @internal */
  constructor(
    generations: Generations<Transaction>,
    { storage, sql }: { readonly storage: TableStorage<Transaction>; readonly sql: SqlAdapter<Transaction> },
    upkeep: Upkeep<Transaction>,
    options: ReadModelOptions,
  ) {
    super(generations, upkeep, options)
    this.#storage = storage
    this.#sql = sql
  }

  /**
   * Builds the tables anew beside those that serve, as {@link rebuild} does, and compares the two, row by row and in
   * the columns that both have. Does not switch: `rebuild` then does, without doing the work again, or `cancelRebuild`
   * removes what was built. While the rows are compared, nothing is applied to either; on SQLite nothing is written at
   * all.
   *
   * @throws UnsupportedError what serves does not come near the end of the log
   * @throws RebuildCancelledError, ProjectionSupersededError, and what a handler throws for good
   */
  async dryRun(options: TableDryRunOptions = {}): Promise<DryRunReport<TableDifference>> {
    const maxDifferences = checkCount(options.maxDifferences ?? 100, 'maxDifferences', 0)
    const { ignoreColumns = [] } = options
    const { generations } = this
    const generation = await beginRebuild(generations, 'dry-run')
    return buildGeneration(generations, generation, this.options, options, (catchUp) => {
      return compareTables(
        generations,
        this.#storage,
        this.#sql,
        generation,
        { maxDifferences, ignoreColumns },
        async () => catchUp(await this.store.head()),
      )
    })
  }
}
