import type { Clock, IdSource } from '../event/clock.ts'
import type { EventMetadata } from '../event/event.ts'

/** What a command gets besides state and input, so that it depends on nothing else. */
export interface CommandContext<Services = unknown> {
  /** Key of the aggregate, as given to the repository. */
  readonly id: string
  readonly stream: string
  /** Version that the state was folded from; 0 for a new aggregate. */
  readonly version: number
  readonly clock: Clock
  readonly newId: IdSource
  /** Metadata that the events of this command get. */
  readonly metadata: EventMetadata
  /** Your own, as given to the repository. */
  readonly services: Services
}
