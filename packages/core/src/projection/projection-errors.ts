import { EventfoldError } from '../errors.ts'

/** A handler of a projection returned undefined: probably a forgotten return. Null removes a document. */
export class MissingResultError extends EventfoldError<'missing-result'> {
  readonly projection: string
  readonly type: string
  readonly position: number

  constructor(projection: string, event: { readonly type: string; readonly position: number }) {
    super(
      'missing-result',
      `Projection ${projection} returned undefined for ${event.type} at position ${event.position}. ` +
        'Return the next document, or null to remove it.',
    )
    this.projection = projection
    this.type = event.type
    this.position = event.position
  }
}

/** A newer version of the projection has taken over; this program runs an older one. Nothing was changed. */
export class ProjectionSupersededError extends EventfoldError<'projection-superseded'> {
  readonly projection: string
  readonly version: number
  /** The version that serves now. */
  readonly current: number

  constructor(projection: string, version: number, current: number) {
    super(
      'projection-superseded',
      `Projection ${projection} is at version ${current}; this program has version ${version}. ` +
        'Stop it, or deploy the newer code.',
    )
    this.projection = projection
    this.version = version
    this.current = current
  }
}

/** A rebuild ended because somebody cancelled it, or began another one. The read model is as it was. */
export class RebuildCancelledError extends EventfoldError<'rebuild-cancelled'> {
  readonly projection: string

  constructor(projection: string) {
    super(
      'rebuild-cancelled',
      `The rebuild of ${projection} was cancelled. What served before goes on serving.`,
    )
    this.projection = projection
  }
}
