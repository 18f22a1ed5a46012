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
  /** That of the event, in the form that the adapter has at hand: it is compared with itself only. */
  readonly id: string
  readonly version: number
  readonly type: string
  readonly schemaVersion: number
  readonly data: string
  /** Room for core to keep decoded data, used where `capabilities.residentRows` says so. */
  decoded?: unknown
  /** Set by core: of whom something in it was kept under a key, and is open now. */
  readonly subjects?: readonly string[]
  /** Set by core: why something in it that is kept under a key cannot be opened. */
  readonly failure?: unknown
}

/** An event as an adapter returns it. */
export interface StoredEvent extends EncodedEvent, FoldRow {
  /** A UUID in lower case. */
  readonly id: string
  readonly stream: string
  readonly position: number
  /** Milliseconds since 1970, by the clock of the store. */
  readonly recordedAt: number
}
