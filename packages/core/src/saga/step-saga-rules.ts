import type { CommandTarget } from '../command/command.ts'
import type { RecordedEvent } from '../event/event.ts'
import type {
  CommandRetry,
  DoneCommand,
  RefusedCommand,
  SagaCommand,
  SagaContext,
  SagaEffects,
} from './saga-effects.ts'
import type { SagaStep } from './saga-step.ts'
import type { StepOutcome, StepSagaState } from './step-saga-state.ts'

export type AnyStep = SagaStep<RecordedEvent, unknown, CommandTarget>
type Effects = SagaEffects<StepSagaState>
type Reaction = Effects | undefined

/** The timer of a step that waits for an event. */
export const stepTimer = 'step'

const patientRetry: CommandRetry = { attempts: 10, firstPause: 1_000, longestPause: 300_000 }
const compensationSuffix = '/compensation'

/** The rules of `defineStepSaga`: forward step by step, and after a failure back, undoing what was done in reverse. */
export class StepSagaRules {
  readonly #steps: readonly AnyStep[]

  constructor(steps: readonly AnyStep[]) {
    this.#steps = steps
  }

  begin(data: unknown, context: SagaContext): Effects {
    const state = { data, phase: 'forward', steps: {}, current: null, failure: null, problems: {} } as const
    return this.#forward(state, context)
  }

  /** An event that some step waits for. */
  arrived(state: StepSagaState, event: RecordedEvent, context: SagaContext): Reaction {
    const step = this.#steps.find(({ awaits, name }) => {
      const mayCome = state.steps[name] === undefined || state.steps[name] === 'missed'
      return mayCome && Object.hasOwn(awaits ?? {}, event.type)
    })
    if (step === undefined) return undefined
    const change = step.awaits?.[event.type] as (data: unknown, event: RecordedEvent) => unknown
    const changed = settled({ ...state, data: change(state.data, event) }, step.name, 'done')
    if (state.phase === 'backward') {
      return state.current === null ? this.#backward(changed, context) : { state: changed }
    }
    if (state.current !== step.name) return { state: changed }
    return withCancelled(this.#forward({ ...changed, current: null }, context), step)
  }

  /** An event that ends the way forward. A command that is under way is waited for. */
  aborted(state: StepSagaState, reason: string, context: SagaContext): Reaction {
    if (state.phase === 'backward' || state.failure !== null) return undefined
    const step = this.#find(state.current)
    const failed = { ...state, failure: reason }
    if (step !== undefined && step.awaits === undefined) return { state: failed }
    return withCancelled(this.#backward({ ...failed, current: null }, context), step)
  }

  /** The time of a step that waits for an event is up. */
  expired(state: StepSagaState, context: SagaContext): Reaction {
    const step = this.#find(state.current)
    if (step === undefined || state.phase !== 'forward') return undefined
    return this.#failed(
      { ...state, current: null },
      step,
      'missed',
      `${step.name} did not come in time`,
      context,
    )
  }

  done(state: StepSagaState, done: DoneCommand<CommandTarget>, context: SagaContext): Reaction {
    const { step, isCompensation } = this.#stepOf(done.as)
    if (step === undefined) return undefined
    const free = { ...state, current: null }
    if (isCompensation) return this.#backward(settled(free, step.name, 'compensated'), context)
    const data = step.done === undefined ? state.data : step.done(state.data, done, context)
    const next = settled({ ...free, data }, step.name, 'done')
    return state.failure === null ? this.#forward(next, context) : this.#backward(next, context)
  }

  refused(state: StepSagaState, refused: RefusedCommand, context: SagaContext): Reaction {
    const { step, isCompensation } = this.#stepOf(refused.as)
    if (step === undefined) return undefined
    const { error, isCertain } = refused
    const reason = `${refused.command}: ${error.message}`
    const free = { ...state, current: null }
    if (isCompensation) {
      return this.#backward(noted(settled(free, step.name, 'stuck'), step.name, reason), context)
    }
    return this.#failed(free, step, isCertain ? 'refused' : 'uncertain', reason, context)
  }

  /** Undoes once more what could not be undone. */
  retried(state: StepSagaState, context: SagaContext): Effects {
    const stuck = Object.entries(state.steps).filter(([, outcome]) => outcome === 'stuck')
    const steps = {
      ...state.steps,
      ...Object.fromEntries(stuck.map(([name]) => [name, 'uncertain' as const])),
    }
    const kept = Object.entries(state.problems).filter(([name]) => !stuck.some(([each]) => each === name))
    return this.#backward({ ...state, steps, problems: Object.fromEntries(kept) }, context)
  }

  #failed(
    state: StepSagaState,
    step: AnyStep,
    outcome: StepOutcome,
    reason: string,
    context: SagaContext,
  ): Effects {
    const next = settled(state, step.name, outcome)
    if (step.optional === true && state.failure === null) {
      return this.#forward(noted(next, step.name, reason), context)
    }
    return this.#backward({ ...next, failure: state.failure ?? reason }, context)
  }

  #forward(before: StepSagaState, context: SagaContext): Effects {
    let state = before
    for (const step of this.#steps) {
      if (state.steps[step.name] !== undefined) continue
      if (step.awaits !== undefined) {
        const waiting = { state: { ...state, current: step.name } }
        return step.timeout === undefined
          ? waiting
          : { ...waiting, set: { [stepTimer]: { after: step.timeout } } }
      }
      const command = step.action?.(state.data, context)
      if (command !== undefined) {
        const { retry, timeout } = step
        return {
          state: { ...state, current: step.name },
          send: [sending(command, step.name, { retry, timeout })],
        }
      }
      state = settled(state, step.name, step.action === undefined ? 'done' : 'skipped')
    }
    return { state, end: 'completed' }
  }

  #backward(before: StepSagaState, context: SagaContext): Effects {
    let state: StepSagaState = { ...before, phase: 'backward' }
    for (const step of this.#steps.toReversed()) {
      const outcome = state.steps[step.name]
      if (outcome !== 'done' && outcome !== 'uncertain') continue
      const command = step.compensation?.(state.data, context)
      if (command === undefined) {
        if (step.compensation !== undefined) state = settled(state, step.name, 'compensated')
        continue
      }
      const as = step.name + compensationSuffix
      const retry = step.compensationRetry ?? patientRetry
      return {
        state: { ...state, current: step.name },
        send: [sending(command, as, { retry, timeout: undefined })],
      }
    }
    const stuck = Object.keys(state.steps).filter((name) => state.steps[name] === 'stuck')
    if (stuck.length === 0) return { state, end: 'failed', reason: state.failure ?? 'it was turned back' }
    const reasons = stuck.map((name) => `${name} (${state.problems[name]})`)
    return {
      state,
      stuck: `could not undo ${reasons.join(', ')}; it turned back because of ${state.failure}`,
    }
  }

  #find(name: string | null): AnyStep | undefined {
    return this.#steps.find((step) => step.name === name)
  }

  #stepOf(as: string | undefined): { readonly step: AnyStep | undefined; readonly isCompensation: boolean } {
    const isCompensation = as?.endsWith(compensationSuffix) === true
    const name = isCompensation ? as.slice(0, -compensationSuffix.length) : as
    return { step: this.#find(name ?? null), isCompensation }
  }
}

function settled(state: StepSagaState, name: string, outcome: StepOutcome): StepSagaState {
  return { ...state, steps: { ...state.steps, [name]: outcome } }
}

function noted(state: StepSagaState, name: string, reason: string): StepSagaState {
  return { ...state, problems: { ...state.problems, [name]: reason } }
}

/** Without the timer of a step that waited. */
function withCancelled(effects: Effects, step: AnyStep | undefined): Effects {
  if (step?.timeout === undefined || effects.set !== undefined) return effects
  return { ...effects, cancel: [stepTimer] }
}

function sending(
  command: SagaCommand,
  as: string,
  { retry, timeout }: { readonly retry: CommandRetry | undefined; readonly timeout: number | undefined },
): SagaCommand {
  return {
    ...command,
    as,
    ...(retry !== undefined && { retry }),
    ...(timeout !== undefined && { timeout }),
  }
}
