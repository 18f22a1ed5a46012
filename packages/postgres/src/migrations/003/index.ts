import type { Migration } from '../migration.ts'
import { appendMany } from './append-many.ts'
import { appendOne } from './append-one.ts'
import { claimVersions } from './claim-versions.ts'
import { describeRefusal } from './describe-refusal.ts'
import { tables } from './tables.ts'

export const closedStreams: Migration = {
  number: 3,
  name: 'closed streams',
  sql: (schema) =>
    [
      tables(schema),
      describeRefusal(schema),
      appendOne(schema),
      claimVersions(schema),
      appendMany(schema),
    ].join('\n'),
}
