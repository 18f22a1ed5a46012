import type { RecordedEvent } from '@eventfold/core'

/** A handler of a projection has failed for good at an event. Exit code 3. */
export class HandlerFailedError extends Error {
  override readonly name = 'HandlerFailedError'

  /** @param cause what it has thrown; its message may be made of the event, and is not repeated */
  constructor(projection: string, { type, version, stream, position }: RecordedEvent, cause: unknown) {
    const kind = cause instanceof Error ? cause.name : typeof cause
    super(
      `A handler of ${projection} has thrown ${kind} at ${type}, version ${version} of ${stream} (position ${position}). ` +
        'What served goes on serving.',
      { cause },
    )
  }
}
