import { EventfoldError } from '../errors.ts'

/** An idempotency key is in use already, for another command than this. Nothing was done. */
export class IdempotencyConflictError extends EventfoldError<'idempotency-conflict'> {
  readonly key: string

  constructor(key: string, command: string) {
    super(
      'idempotency-conflict',
      `The idempotency key ${JSON.stringify(key)} was used for another command than this ${command}. ` +
        'Repeat a command exactly as it was, or give a new one a new key.',
    )
    this.key = key
  }
}

/** A service has returned something else than its definition says. It may have had its effect. */
export class InvalidResultError extends EventfoldError<'invalid-result'> {
  readonly command: string

  constructor(command: string, options: { cause?: unknown } = {}) {
    super('invalid-result', `The result of ${command} does not fit its schema: correct the handler.`, options)
    this.command = command
  }
}
