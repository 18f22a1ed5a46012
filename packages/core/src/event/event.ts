/** Anything that JSON can carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Why and by whom an event was caused. Every field is optional; further fields are yours. */
export interface EventMetadata {
  /** The same for everything that one outside request set off. */
  readonly correlationId?: string
  /** Id of the event or command that directly caused this event. */
  readonly causationId?: string
  /** Who did it: a user, a service, a job. */
  readonly actor?: string
  readonly [field: string]: JsonValue | undefined
}

/** A fact to append, in the past tense. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly data: Data
  /**
   * A UUID. It makes the append idempotent: the same ids again return the first result.
   * Default: a new UUID version 7, whose time order keeps the id index of every store fast.
   */
  readonly id?: string
  readonly metadata?: EventMetadata
  /** Labels such as `course:c1`, for reading across streams. */
  readonly tags?: readonly string[]
  /** Version of the schema of `data`, from 1. Default: the one that the upcasters of the store lead to, or 1. */
  readonly schemaVersion?: number
}

/** A fact as a store returns it. */
export interface RecordedEvent<Type extends string = string, Data = unknown> {
  readonly id: string
  readonly stream: string
  /** Place in the stream: 1, 2, 3 … without gaps. */
  readonly version: number
  /** Place in the log: strictly increasing, gaps allowed, safe to resume from. */
  readonly position: number
  readonly type: Type
  readonly schemaVersion: number
  readonly data: Data
  readonly metadata: EventMetadata
  readonly tags: readonly string[]
  /** When the store recorded it, by the clock of the store, in milliseconds. */
  readonly recordedAt: Date
  /**
   * Where upcasters made several events of a stored one: its id, which the first of them has too. They share version
   * and position.
   */
  readonly partOf?: string
}

/**
 * Metadata for what follows from `event`: its id as causation, its correlation handed on.
 *
 * @example
 * await store.append('invoice-7', [{ type: 'InvoiceSent', data }], { metadata: causedBy(event) })
 */
export function causedBy(event: RecordedEvent): EventMetadata {
  return { correlationId: event.metadata.correlationId ?? event.id, causationId: event.id }
}
