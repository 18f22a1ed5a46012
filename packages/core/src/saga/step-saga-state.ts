/**
 * What has become of a step. `missed`: the event that it waited for did not come in time. `uncertain`: it has failed, or
 * its time was up, and it may have had its effect nevertheless. `stuck`: what undoes it has failed.
 */
export type StepOutcome = 'done' | 'skipped' | 'missed' | 'refused' | 'uncertain' | 'compensated' | 'stuck'

/** The state of a saga of steps. */
export interface StepSagaState<Data = unknown> {
  /** What its steps work with. Undefined only before it has begun. */
  readonly data: Data
  readonly phase: 'new' | 'forward' | 'backward'
  /** Steps that have come to an end, by name. */
  readonly steps: Readonly<Record<string, StepOutcome>>
  /** The step whose command, or whose compensation, is under way. */
  readonly current: string | null
  /** Why it turns back, or has. */
  readonly failure: string | null
  /** What went wrong without turning it back, and what could not be undone, by the name of the step. */
  readonly problems: Readonly<Record<string, string>>
}

export const newStepSaga: StepSagaState<never> = Object.freeze({
  data: undefined as never,
  phase: 'new',
  steps: {},
  current: null,
  failure: null,
  problems: {},
})
