import { isEventfoldError, isRefusal, type ReadModelOptions, type RecordedEvent } from '@eventfold/core'
import { HandlerFailedError } from './handler-failed-error.ts'

/** Hears at which event a handler of a read model fails, to tell that instead of what it has thrown. */
export class FailureWatch {
  #failed: { readonly error: unknown; readonly event: RecordedEvent | undefined } | undefined

  readonly onError: NonNullable<ReadModelOptions['onError']> = (error, { event }) => {
    this.#failed = { error, event }
  }

  /** @throws HandlerFailedError where a handler has failed for good, and else what `work` throws */
  async during<Result>(projection: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (this.#failed?.event === undefined || this.#failed.error !== error) throw error
      if (isEventfoldError(error) && !isRefusal(error)) throw error
      throw new HandlerFailedError(projection, this.#failed.event, error)
    }
  }
}
