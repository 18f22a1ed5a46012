import { fastestPosition, slowestPosition } from '../consumer/partition-positions.ts'
import { UnsupportedError } from '../errors.ts'
import type { SqlAdapter } from '../store/sql-adapter.ts'
import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { advanceGeneration } from './advance-generation.ts'
import type { DryRunReport } from './compare-documents.ts'
import type { Generations } from './generations.ts'
import { scanDeliveries } from './scan-deliveries.ts'
import { buildingOf } from './switch-generation.ts'
import type { TableStorage } from './table-storage.ts'

/** A row that only one of the two builds has, or has more often. */
export interface TableDifference {
  readonly table: string
  readonly in: 'current' | 'rebuilt'
  /** The columns that both have; on Postgres as text. */
  readonly row: Readonly<Record<string, unknown>>
}

export interface TableComparisonOptions {
  readonly maxDifferences: number
  readonly ignoreColumns: readonly string[]
}

const maxAttempts = 20
/** Longest piece of the log that is applied while both are locked, in events. */
const longestPiece = 200

/**
 * Compares the tables of two generations by SQL, while both checkpoints are locked and stand at the same place.
 *
 * @param catchUp lets the new generation reach the end of the log
 */
export async function compareTables<Transaction>(
  generations: Generations<Transaction>,
  storage: TableStorage<Transaction>,
  sql: SqlAdapter<Transaction>,
  generation: number,
  options: TableComparisonOptions,
  catchUp: () => Promise<void>,
): Promise<DryRunReport<TableDifference>> {
  const backOff = new BackOff(1, 50)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    let report: DryRunReport<TableDifference> | undefined
    await catchUp()
    await generations.change(async (before, transaction) => {
      const { record, building } = buildingOf(generations, before, generation)
      const numbers = [record.current.number, generation] as const
      // What serves can be moved on by the same code only.
      const movable = record.current.version === building.version ? numbers : [generation]
      if (await settle(generations, numbers, movable, transaction)) {
        report = await compareAll(storage, sql, numbers, options, transaction)
      }
      return record
    })
    if (report !== undefined) return report
    await sleep(backOff.next())
  }
  throw new UnsupportedError(
    `What serves of ${storage.name} is too far behind to be compared. Look at its status, and compare when it is live.`,
  )
}

/** Brings two generations to the same place. False: they are too far apart, or events of one are parked. */
async function settle<Transaction>(
  generations: Generations<Transaction>,
  numbers: readonly number[],
  movable: readonly number[],
  transaction: Transaction,
): Promise<boolean> {
  const locked = await generations.lockPartitions(numbers, transaction)
  const reach = fastestPosition(locked.flatMap((partitions) => partitions.map(({ state }) => state)))
  for (const [index, partitions] of locked.entries()) {
    const number = numbers[index] as number
    const from = slowestPosition(partitions.map(({ state }) => state))
    if (!(await isConcerned(generations, from, reach, transaction))) continue
    const { held } = generations.consumer(number)
    if (!movable.includes(number) || (await generations.documents.count(held, [], transaction)) > 0)
      return false
    const piece = { before: reach + 1, limit: longestPiece }
    const { position } = await advanceGeneration(generations, number, partitions, transaction, piece)
    if (await isConcerned(generations, position, reach, transaction)) return false
  }
  return true
}

/** Whether there are events for the projection between two positions. */
async function isConcerned<Transaction>(
  generations: Generations<Transaction>,
  from: number,
  to: number,
  transaction: Transaction,
): Promise<boolean> {
  for await (const page of scanDeliveries(generations, from, to, transaction)) {
    if (page.some(({ keys }) => keys.length > 0)) return true
  }
  return false
}

async function compareAll<Transaction>(
  storage: TableStorage<Transaction>,
  sql: SqlAdapter<Transaction>,
  [current, rebuilt]: readonly [number, number],
  { maxDifferences, ignoreColumns }: TableComparisonOptions,
  transaction: Transaction,
): Promise<DryRunReport<TableDifference>> {
  const differences: TableDifference[] = []
  let [same, different] = [0, 0]
  const count = async (query: string) => {
    const [row] = await sql.run(`SELECT count(*) AS "count" FROM (${query}) AS "rows"`, transaction)
    return Number(row?.['count'])
  }
  for (const table of storage.definition.tables) {
    const names = [current, rebuilt].map((number) => storage.names(number)[table] as string)
    const [own, other] = await Promise.all(names.map((name) => columnsOf(sql, name, transaction)))
    const columns = (own ?? []).filter((name) => other?.includes(name) && !ignoreColumns.includes(name))
    const [before = '', after = ''] = names.map((name) => grouped(sql, name, columns))
    const total = await count(before)
    const sides = [
      ['current', `${before} EXCEPT ${after}`],
      ['rebuilt', `${after} EXCEPT ${before}`],
    ] as const
    for (const [side, query] of sides) {
      const found = await count(query)
      different += found
      if (side === 'current') same += total - found
      const limit = Math.min(found, maxDifferences - differences.length)
      if (limit <= 0) continue
      const rows = await sql.run(`SELECT * FROM (${query}) AS "rows" ORDER BY 1 LIMIT ${limit}`, transaction)
      for (const { eventfold_copies: _, ...row } of rows) differences.push({ table, in: side, row })
    }
  }
  return { same, different, differences, unsettled: 0 }
}

/** Different rows, each with how often it is there; as text where not every type can be compared. */
function grouped<Transaction>(
  sql: SqlAdapter<Transaction>,
  table: string,
  columns: readonly string[],
): string {
  const list = columns.map((column) => {
    const name = `"${column.replaceAll('"', '""')}"`
    return sql.dialect === 'postgres' ? `${name}::text AS ${name}` : name
  })
  const places = columns.map((_, index) => index + 1).join(', ')
  const grouping = columns.length === 0 ? '' : ` GROUP BY ${places}`
  return `SELECT ${[...list, 'count(*) AS "eventfold_copies"'].join(', ')} FROM "${table}"${grouping}`
}

async function columnsOf<Transaction>(
  sql: SqlAdapter<Transaction>,
  table: string,
  transaction: Transaction,
): Promise<readonly string[]> {
  const statement =
    sql.dialect === 'postgres'
      ? `SELECT attname AS "name" FROM pg_catalog.pg_attribute WHERE attrelid = '"${table}"'::regclass ` +
        'AND attnum > 0 AND NOT attisdropped ORDER BY attnum'
      : `SELECT name FROM pragma_table_info('${table}') ORDER BY cid`
  return (await sql.run(statement, transaction)).map(({ name }) => String(name))
}
