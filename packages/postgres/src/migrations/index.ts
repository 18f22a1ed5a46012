import { eventLog } from './001/index.ts'
import { documents } from './002/index.ts'
import { closedStreams } from './003/index.ts'
import type { Migration } from './migration.ts'

/** All steps, in order. The number of the last is the version of the schema. */
export const migrations: readonly Migration[] = [eventLog, documents, closedStreams]

export const currentVersion: number = migrations.length
