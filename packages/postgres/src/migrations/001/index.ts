import type { Migration } from '../migration.ts'
import { appendMany } from './append-many.ts'
import { appendOne } from './append-one.ts'
import { appendWithin } from './append-within.ts'
import { claimVersions } from './claim-versions.ts'
import { immutability } from './immutability.ts'
import { orderingFunctions, positionDefault } from './ordering.ts'
import { safeHead } from './safe-head.ts'
import { tables } from './tables.ts'

export const eventLog: Migration = {
  number: 1,
  name: 'event log',
  sql: (schema, ordering) =>
    [
      tables(schema),
      immutability(schema),
      orderingFunctions(schema, ordering),
      positionDefault(schema),
      appendOne(schema),
      claimVersions(schema),
      appendMany(schema),
      appendWithin(schema),
      safeHead(schema),
    ].join('\n'),
}
