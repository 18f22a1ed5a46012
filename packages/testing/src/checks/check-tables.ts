import {
  type EventStore,
  jsonCodec,
  type RecordedEvent,
  readModel,
  type TableProjection,
  UnsupportedError,
} from '@eventfold/core'
import { recordGiven } from '../given-event.ts'
import type { DocumentCheckSettings } from './check-documents.ts'
import { checkSchedules } from './check-schedules.ts'
import { probedHandlers } from './probed-handlers.ts'
import type { World } from './subject.ts'

export type AnyTables = TableProjection<RecordedEvent, unknown, string>

export interface TableCheckSettings extends DocumentCheckSettings {
  readonly ignoreColumns: readonly string[]
}

/** @throws CheckFailure */
export async function checkTables(
  definition: AnyTables,
  { open, events: given, ignoreColumns, ...settings }: TableCheckSettings,
): Promise<number> {
  const events = await recordGiven(definition.of, given, jsonCodec)
  const createWorld = (storage: EventStore): World => ({
    createInstance: (store, probe, options) => {
      const probed = { ...definition, on: probedHandlers(definition.on, 1, probe) }
      return readModel(probed, store, { mode: 'async', ...options })
    },
    observe: () => readTables(definition.tables, storage, ignoreColumns),
  })
  return checkSchedules(
    { name: definition.name, events, createWorld },
    {
      open,
      ...settings,
      mayRepeat: false,
      mayPauseHandlers: false,
      mayPartition: definition.partitionBy === 'stream',
      advice: [
        'Write through the database that the handler is given, and wait for it: all else is not undone with it.',
        'Decide by the event and the tables alone: what a program remembers is lost, or counted twice.',
      ],
    },
  )
}

/** The rows of each table, in an order of their own. */
async function readTables(
  tables: readonly string[],
  { adapter }: EventStore,
  ignoreColumns: readonly string[],
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { sql, name } = adapter
  if (sql === undefined) throw new UnsupportedError(`A ${name} store has no tables.`)
  const rows: Record<string, readonly unknown[]> = {}
  for (const table of tables) {
    const found = await sql.run(`SELECT * FROM "${table}"`)
    const compared = found.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([column]) => !ignoreColumns.includes(column))),
    )
    rows[table] = compared.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  return rows
}
