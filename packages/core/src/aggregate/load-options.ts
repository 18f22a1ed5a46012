import type { RecordedEvent } from '../event/event.ts'
import type { SchemaOutput } from '../event/standard-schema.ts'
import type { EventSchemas } from './aggregate.ts'

export interface LoadOptions<Schemas extends EventSchemas = EventSchemas, Transaction = unknown> {
  /** The state as of this version. */
  readonly version?: number
  /** The state as of this time, by the clock that recorded the events. */
  readonly at?: Date
  /** Folds up to, and without, the first event for which this is false: for times that your data carries. */
  readonly while?: (event: PastEvent<Schemas>) => boolean
  /** Reads inside an open transaction. */
  readonly transaction?: Transaction
}

/** What `while` sees of an event. */
export type PastEvent<Schemas extends EventSchemas = EventSchemas> = {
  [Type in keyof Schemas & string]: Pick<
    RecordedEvent<Type, SchemaOutput<Schemas[Type]>>,
    'type' | 'data' | 'version' | 'recordedAt'
  >
}[keyof Schemas & string]
