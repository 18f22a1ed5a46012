import type { DocumentChanges } from './memory-documents.ts'
import type { StreamChange } from './memory-log.ts'

/** An open transaction of a memory store: what it appends is the tail of the log after `start`. */
export class MemoryTransaction {
  /** @internal */
  readonly start: number
  /** @internal */
  readonly documents: DocumentChanges = new Map()
  /** @internal By stream. */
  readonly streams: Map<string, StreamChange> = new Map()
  /** @internal */
  readonly ended: Promise<void>
  /** @internal */
  readonly end: () => void

  constructor(start: number) {
    this.start = start
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.end = resolve
  }
}
