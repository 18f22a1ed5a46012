/** An event as core hands it to an adapter: validated, complete, and with its content as text. */
export interface EncodedEvent {
  /** A UUID in lower case. */
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  /** Text of the codec. An adapter stores it as it is: bytes in are bytes out. */
  readonly data: string
  /** Text of the codec; empty where there is no metadata. */
  readonly metadata: string
  /** Without repetition, in the order given. Frozen: several readers may get the same. */
  readonly tags: readonly string[]
}

/** What a fold needs of a stored event. */
export interface FoldRow {
  readonly type: string
  readonly schemaVersion: number
  readonly data: string
  /** Room for core to keep decoded data, used where `capabilities.residentRows` says so. */
  decoded?: unknown
}

/** An event as an adapter returns it. */
export interface StoredEvent extends EncodedEvent, FoldRow {
  readonly stream: string
  readonly version: number
  readonly position: number
  /** Milliseconds since 1970, by the clock of the store. */
  readonly recordedAt: number
}
