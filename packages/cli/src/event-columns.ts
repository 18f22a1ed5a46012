import type { RecordedEvent } from '@eventfold/core'
import type { Column } from './listing.ts'
import { showTime } from './point-in-time.ts'
import { toJson } from './to-json.ts'

const version: Column<RecordedEvent> = { title: 'version', cell: (event) => event.version, align: 'right' }
const position: Column<RecordedEvent> = { title: 'position', cell: (event) => event.position, align: 'right' }
const stream: Column<RecordedEvent> = { title: 'stream', cell: (event) => event.stream }
const time: Column<RecordedEvent> = { title: 'recorded at', cell: ({ recordedAt }) => showTime(recordedAt) }
const type: Column<RecordedEvent> = { title: 'type', cell: (event) => event.type }
const data: Column<RecordedEvent> = { title: 'data', cell: (event) => toJson(event.data) }

/** Events of one stream. */
export const streamEventColumns: readonly Column<RecordedEvent>[] = [version, position, time, type, data]

/** Events of the log. */
export const logEventColumns: readonly Column<RecordedEvent>[] = [position, stream, version, time, type, data]
