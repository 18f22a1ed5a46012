/** What a process of a chaos run is to do. */
export type ChaosParameters = InstanceParameters | RebuilderParameters | WriterParameters

export interface InstanceParameters {
  readonly role: 'instance'
  readonly name: string
  /** Undefined: as many as are stored. */
  readonly partitions: number | undefined
  /** In milliseconds. */
  readonly leaseTime: number
  /** File to which the reactor writes what it handles. */
  readonly reactions: string
  /** Runs without compare-and-set, to see that it is noticed. */
  readonly isUnfenced: boolean
}

export interface RebuilderParameters {
  readonly role: 'rebuilder'
  readonly name: string
  /** In milliseconds. */
  readonly leaseTime: number
}

export interface WriterParameters {
  readonly role: 'writer'
  readonly name: string
  readonly seed: number
  /** How many append at once. */
  readonly writers: number
  /** Whether it writes the event that cannot be handled. */
  readonly poisons: boolean
}

/** What a process tells its parent. */
export type ChaosMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rebuilt' }
  | { readonly kind: 'failed'; readonly what: string }
  | { readonly kind: 'intent'; readonly writes: readonly IntendedWrite[] }
  | { readonly kind: 'stored'; readonly writes: readonly StoredWrite[] }
  | { readonly kind: 'refused'; readonly ids: readonly string[] }

export interface IntendedEvent {
  readonly id: string
  readonly type: string
  readonly data: { readonly group?: string }
}

export interface IntendedWrite {
  readonly stream: string
  readonly events: readonly IntendedEvent[]
}

export interface StoredWrite {
  readonly ids: readonly string[]
  /** Of the last event. */
  readonly version: number
  readonly position: number
}

/** Resolves when the parent has it for certain, whatever becomes of this process. */
export function tell(message: ChaosMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error) => (error === null ? resolve() : reject(error)))
  })
}
