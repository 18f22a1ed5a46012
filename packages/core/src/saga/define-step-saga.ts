import type { CommandTarget } from '../command/command.ts'
import { InvalidInputError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { EventFrom, EventSource } from '../event/event-sources.ts'
import { checkName } from '../event/text-rules.ts'
import { commandNames, defineSaga, type SagaDefinition } from './define-saga.ts'
import type { DoneCommand, RefusedCommand, SagaContext, SagaEffects } from './saga-effects.ts'
import type { SagaStep } from './saga-step.ts'
import { type AnyStep, StepSagaRules, stepTimer } from './step-saga-rules.ts'
import { newStepSaga, type StepSagaState } from './step-saga-state.ts'

/**
 * Defines a process as steps, one after another. When one fails, the saga turns back: what was done is undone in reverse
 * order, and the instance ends as `failed`. What cannot be undone makes it stuck, to be retried or resolved. `saga` runs
 * it; the state of an instance is a {@link StepSagaState}.
 *
 * - A command that is refused has had no effect, so its own step is not undone. One whose attempts have all failed, or
 *   whose time was up, may have had its effect: its step is undone as well.
 * - A compensation that fails does not keep the others from running.
 * - An event of `abortedBy` turns it back as well, after the command that is under way.
 *
 * @param name of the saga in the store, also part of its streams; at most 128 bytes, without a dash
 * @throws InvalidInputError `invalid-definition`, `invalid-stream-id`
 * @example
 * const Checkout = defineStepSaga('checkout', {
 *   of: [Order],
 *   sends: [Inventory, Payment, Order],
 *   startedBy: ['OrderPlaced'],
 *   data: ({ data }, key) => ({ order: key, cents: data.cents }),
 *   steps: [
 *     {
 *       name: 'stock',
 *       action: ({ order }) => ({ command: 'inventory.reserve', to: 'main', input: { order } }),
 *       compensation: ({ order }) => ({ command: 'inventory.release', to: 'main', input: { order } }),
 *     },
 *     { name: 'pay', action: ({ order, cents }) => ({ command: 'payment.charge', input: { order, cents } }), timeout: 60_000 },
 *   ],
 * })
 */
export function defineStepSaga<
  Source extends EventSource,
  Target extends CommandTarget,
  Data,
  StartType extends EventFrom<Source>['type'],
>(
  name: string,
  definition: {
    /** Aggregate definitions, whose events start it, are waited for, or turn it back. */
    readonly of: readonly Source[]
    /** Definitions of the aggregates and services that it sends commands to. */
    readonly sends: readonly Target[]
    /**
     * Which instance an event is for; undefined: none. Pure. Default: what stands after the category in its stream id.
     * Required with several sources.
     */
    readonly key?: (event: NoInfer<EventFrom<Source>>) => string | readonly string[] | undefined
    /** Types of the events that begin an instance. */
    readonly startedBy: readonly StartType[]
    /** What the steps work with, from the event that starts it. */
    readonly data: (event: Extract<EventFrom<Source>, RecordedEvent<StartType>>, key: string) => Data
    /** Types of events that turn it back while it is on its way forward. */
    readonly abortedBy?: readonly NoInfer<EventFrom<Source>['type']>[]
    readonly steps: readonly SagaStep<EventFrom<Source>, Data, Target>[]
  },
): SagaDefinition<EventFrom<Source>, StepSagaState<Data>, Target, typeof stepTimer, Source> {
  const { of, sends, key, startedBy, data, abortedBy = [] } = definition
  const steps = definition.steps as readonly AnyStep[]
  checkSteps(name, steps)
  const rules = new StepSagaRules(steps)
  const on: Record<string, StepHandler<RecordedEvent>> = {}
  for (const type of steps.flatMap(({ awaits = {} }) => Object.keys(awaits))) {
    on[type] = (state, event, context) => rules.arrived(state, event, context)
  }
  for (const type of abortedBy) {
    on[type] = (state, event, context) => rules.aborted(state, `${event.type} came`, context)
  }
  for (const type of startedBy) {
    on[type] = (state, event, context) => {
      return state.phase === 'new' ? rules.begin(data(event as never, context.key), context) : undefined
    }
  }
  const commands = [...commandNames(sends)]
  const done: StepHandler<DoneCommand<CommandTarget>> = (...given) => rules.done(...given)
  const refused: StepHandler<RefusedCommand> = (...given) => rules.refused(...given)
  // What its handlers accept follows from the steps, which the types of `defineSaga` cannot express.
  const define: (name: string, definition: never) => unknown = defineSaga
  const built: object = {
    of,
    sends,
    startedBy,
    initialState: newStepSaga,
    key,
    on,
    onDone: Object.fromEntries(commands.map((command) => [command, done])),
    onRefused: Object.fromEntries(commands.map((command) => [command, refused])),
    onTimer: { [stepTimer]: (state: StepSagaState, context: SagaContext) => rules.expired(state, context) },
    onRetry: (state: StepSagaState, context: SagaContext) => rules.retried(state, context),
  }
  return define(name, built as never) as ReturnType<typeof defineStepSaga<Source, Target, Data, StartType>>
}

type StepHandler<Input> = (
  state: StepSagaState,
  input: Input,
  context: SagaContext,
) => SagaEffects<StepSagaState> | undefined

function checkSteps(name: string, steps: readonly AnyStep[]): void {
  if (steps.length === 0) throw new InvalidInputError('invalid-definition', `Saga ${name} has no steps.`)
  const names = new Set<string>()
  for (const step of steps) {
    checkName(step.name, `name of a step of saga ${name}`, 'invalid-definition', 128)
    const problem = step.name.includes('/')
      ? 'has a slash in its name'
      : names.has(step.name)
        ? 'stands there twice: give each a name of its own'
        : step.action !== undefined && step.awaits !== undefined
          ? 'has both an action and events to wait for: make it two steps'
          : undefined
    if (problem !== undefined) {
      throw new InvalidInputError('invalid-definition', `Step ${step.name} of saga ${name} ${problem}.`)
    }
    names.add(step.name)
  }
}
