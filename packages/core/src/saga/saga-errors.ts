import { EventfoldError } from '../errors.ts'
import type { SagaStatus } from './saga-record.ts'

export type SagaInstanceCode = 'saga-not-found' | 'saga-not-stuck' | 'saga-ended'

/** There is no such instance of a saga, or it is not in a state in which that can be asked of it. */
export class SagaInstanceError extends EventfoldError<SagaInstanceCode> {
  readonly saga: string
  readonly key: string
  /** Undefined: there is no such instance. */
  readonly status: SagaStatus | undefined

  constructor(
    code: SagaInstanceCode,
    {
      saga,
      key,
      status,
    }: { readonly saga: string; readonly key: string; readonly status: SagaStatus | undefined },
    advice: string,
  ) {
    super(
      code,
      `Instance ${key} of saga ${saga} ${status === undefined ? 'does not exist' : `is ${status}`}. ${advice}`,
    )
    this.saga = saga
    this.key = key
    this.status = status
  }
}

/** An instance has not ended in time. It goes on; so may you, or wait again. */
export class SagaUnfinishedError extends EventfoldError<'saga-unfinished'> {
  readonly saga: string
  readonly key: string
  readonly status: SagaStatus | undefined

  constructor(saga: string, key: string, status: SagaStatus | undefined, milliseconds: number) {
    const state = status === undefined ? 'has not begun' : `is ${status}`
    super(
      'saga-unfinished',
      `Instance ${key} of saga ${saga} has not ended within ${milliseconds} ms: it ${state}. ` +
        'Wait again, or look at its history.',
      { retryable: true },
    )
    this.saga = saga
    this.key = key
    this.status = status
  }
}
