import type { NewEvent } from '../event/event.ts'

/** An event that is appended when its time has come. */
export interface Timer {
  /** One with the same id replaces it. */
  readonly id: string
  /** Milliseconds since 1970, by the clock of the database. */
  readonly due: number
  readonly stream: string
  /** With an id of its own, so that it is appended once. */
  readonly event: NewEvent & { readonly id: string }
}
