import type { EventMetadata } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Executed, Loaded } from './loaded.ts'

/** A command with its aggregate and input, not executed yet. Made by `Repository.command`. */
export interface PlannedCommand<
  Result extends Executed<unknown, unknown> = Executed<unknown, unknown>,
  Transaction = unknown,
> {
  /** @internal */
  readonly store: EventStore<Transaction>
  /** @internal */
  readonly definition: object
  readonly stream: string
  /** @internal */
  readonly maxAttempts: number
  /** @internal */
  parseInput(): unknown
  /** @internal */
  load(transaction: Transaction | undefined): Promise<Loaded<unknown>>
  /** @internal */
  decide(loaded: Loaded<unknown>, input: unknown, metadata: EventMetadata): Promise<Result>
}
