import { EventfoldError } from '../errors.ts'

/**
 * The history is not the one that a consumer has processed: its checkpoint lies beyond the end of the log, or another
 * event stands there. Typical after a restored backup. Nothing is processed until somebody decides.
 */
export class HistoryDivergedError extends EventfoldError<'history-diverged'> {
  readonly consumer: string
  /** Position of the checkpoint. */
  readonly position: number

  constructor(consumer: string, position: number, reason: string) {
    super(
      'history-diverged',
      `Consumer ${consumer} has processed another history than this log holds: ${reason}. ` +
        'Restore the log and its documents from the same backup, or rebuild under a new name.',
    )
    this.consumer = consumer
    this.position = position
  }
}

/** Somebody removed the consumer from the store while it ran. */
export class ConsumerRemovedError extends EventfoldError<'consumer-removed'> {
  readonly consumer: string

  constructor(consumer: string) {
    super('consumer-removed', `Consumer ${consumer} was removed from the store. A start creates it anew.`)
    this.consumer = consumer
  }
}

/** A handler took longer than `handlerTimeout`. It was aborted; its result, should it come, is ignored. */
export class HandlerTimeoutError extends EventfoldError<'handler-timeout'> {
  readonly consumer: string
  readonly milliseconds: number

  constructor(consumer: string, milliseconds: number) {
    super(
      'handler-timeout',
      `A handler of consumer ${consumer} took longer than ${milliseconds} ms and was aborted. ` +
        'Pass its signal on to what it waits for, or raise handlerTimeout.',
    )
    this.consumer = consumer
    this.milliseconds = milliseconds
  }
}

/** A consumer or read model has not reached a position in time. It goes on; so may you, or wait again. */
export class WaitTimeoutError extends EventfoldError<'wait-timeout'> {
  readonly consumer: string
  /** The position that was waited for. */
  readonly position: number
  /** How far it was. */
  readonly reached: number

  constructor(consumer: string, position: number, reached: number, milliseconds: number, reason?: string) {
    super(
      'wait-timeout',
      `Consumer ${consumer} did not reach position ${position} within ${milliseconds} ms; it is at ${reached}` +
        `${reason === undefined ? '' : `, because ${reason}`}. Wait again, or look at its status.`,
      { retryable: true },
    )
    this.consumer = consumer
    this.position = position
    this.reached = reached
  }
}

/**
 * The consumer of this instance, or the build of a new version, has failed, so that waiting for it is in vain. Its cause
 * is why, as far as this process knows it.
 */
export class ConsumerFailedError extends EventfoldError<'consumer-failed'> {
  readonly consumer: string

  constructor(consumer: string, reason: string, options: { cause?: unknown } = {}) {
    super(
      'consumer-failed',
      `Consumer ${consumer} has failed (${reason}). Repair that, and start it again.`,
      options,
    )
    this.consumer = consumer
  }
}
