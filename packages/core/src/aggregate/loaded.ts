import type { NewEvent } from '../event/event.ts'
import type { AppendResult } from '../store/event-store-options.ts'

/** An aggregate as it was read. */
export interface Loaded<State> {
  /** Key of the aggregate: what stands after the category in the stream id. */
  readonly id: string
  readonly stream: string
  readonly state: State
  /** 0 where the stream does not exist; then `state` is the initial state. */
  readonly version: number
}

/** An aggregate after a command; as it is now, where the same events had been stored before. */
export interface Executed<State, Event = NewEvent> extends Loaded<State> {
  /** What the command decided, with data as the schemas returned it; empty if nothing was to do. */
  readonly events: readonly Event[]
  /** What the store answered for the stream; undefined if nothing was appended. */
  readonly appended: AppendResult | undefined
}
