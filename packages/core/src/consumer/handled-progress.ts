import type { StoredEvent } from '../event/stored-event.ts'
import type { DocumentWrite } from '../store/document-adapter.ts'
import type { PartitionCheckpoint } from './partition-checkpoint.ts'
import { movedTo, type PartitionState } from './partition-state.ts'
import { addTallies, addToDigest } from './tally.ts'

/** What was handled and is not stored yet: what a crash would repeat. */
export class HandledProgress<Transaction> {
  readonly #checkpoint: PartitionCheckpoint<Transaction>
  #last: StoredEvent | undefined
  // Apart, not as a tally: a new one for every event would cost as much as handling it.
  #count = 0
  #digest = 0
  #writes: DocumentWrite[] = []
  #savedAt = 0

  constructor(checkpoint: PartitionCheckpoint<Transaction>) {
    this.#checkpoint = checkpoint
  }

  /** Position of the last event that was done; undefined if everything is stored. */
  get position(): number | undefined {
    return this.#last?.position
  }

  /** How many events were handled, once per key. */
  get count(): number {
    return this.#count
  }

  /** Whether there are documents to store with it. */
  get hasWrites(): boolean {
    return this.#writes.length > 0
  }

  /** When it was last stored, by the monotonic clock. */
  get savedAt(): number {
    return this.#savedAt
  }

  get writes(): readonly DocumentWrite[] {
    return this.#writes
  }

  /** @param keys for how many keys it was handled */
  add(event: StoredEvent, keys: number, writes: readonly DocumentWrite[]): void {
    this.#last = event
    this.#count += keys
    this.#digest = addToDigest(this.#digest, event.id, keys)
    if (writes.length > 0) this.#writes.push(...writes)
  }

  /** What to store, with everything done up to `position`. */
  next(position: number): PartitionState {
    const moved = movedTo(this.#checkpoint.state, position)
    if (this.#last === undefined) return moved
    const event = { position: this.#last.position, id: this.#last.id }
    const handled = { count: this.#count, digest: this.#digest }
    return { ...moved, event, handled: addTallies(moved.handled, handled) }
  }

  /** @throws PartitionInterrupt */
  async save(position: number): Promise<void> {
    await this.#checkpoint.save(this.next(position), { writes: this.#writes })
    this.clear()
  }

  /** Forgets it: it is stored, or will be done again. */
  clear(): void {
    this.#last = undefined
    this.#count = 0
    this.#digest = 0
    this.#writes = []
    this.#savedAt = performance.now()
  }
}
