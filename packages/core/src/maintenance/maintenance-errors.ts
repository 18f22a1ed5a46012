import { EventfoldError } from '../errors.ts'

/** Consumers have not processed yet what was to be removed. Nothing was removed. */
export class ConsumersBehindError extends EventfoldError<'consumers-behind'> {
  readonly stream: string
  /** Position of the last event that was to be removed. */
  readonly position: number
  /** Names of the consumers. */
  readonly consumers: readonly string[]

  constructor(stream: string, position: number, consumers: readonly string[]) {
    super(
      'consumers-behind',
      `Events of stream ${stream} cannot be removed: ${consumers.join(', ')} would miss some of those up to position ` +
        `${position}. Let them catch up, settle what they have parked, and repeat; or pass force if they may miss them.`,
      { retryable: true },
    )
    this.stream = stream
    this.position = position
    this.consumers = consumers
  }
}

/** The events of the stream are in an archive, and the aggregate has no event that stands for them. */
export class StreamArchivedError extends EventfoldError<'stream-archived'> {
  readonly stream: string
  /** Of the tombstone. */
  readonly version: number

  constructor(stream: string, version: number) {
    super(
      'stream-archived',
      `Stream ${stream} was archived; what is left is the tombstone at version ${version}, which says where to. ` +
        'Read the archive, or archive with a tombstone that is an event of the aggregate.',
    )
    this.stream = stream
    this.version = version
  }
}

/** What was asked for lies before the first event that is left of the stream. */
export class HistoryRemovedError extends EventfoldError<'history-removed'> {
  readonly stream: string
  /** Of the first event that is left. */
  readonly firstVersion: number

  constructor(stream: string, firstVersion: number) {
    super(
      'history-removed',
      `Stream ${stream} begins at version ${firstVersion}: what was before that was removed. ` +
        'Ask for a later version or time, or look into the archive.',
    )
    this.stream = stream
    this.firstVersion = firstVersion
  }
}
