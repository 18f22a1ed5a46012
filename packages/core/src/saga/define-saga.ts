import type { CommandSchemas } from '../aggregate/aggregate.ts'
import type { Command, CommandOf, CommandTarget } from '../command/command.ts'
import { InvalidInputError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import { type EventFrom, type EventSource, filterOfSources } from '../event/event-sources.ts'
import { deepFreeze } from '../event/json.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { checkCategory } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { DoneCommand, RefusedCommand, SagaContext, SagaEffects } from './saga-effects.ts'

/** What a handler returns: undefined where there is nothing to do. */
export type SagaReaction<State, Sent extends Command, TimerName extends string> =
  | SagaEffects<State, Sent, TimerName>
  | undefined

/** One function per event type, for the types that matter. */
export type SagaEventHandlers<
  Event extends RecordedEvent,
  State,
  Sent extends Command,
  TimerName extends string,
> = {
  readonly [Type in Event['type']]?: (
    state: State,
    event: Extract<Event, RecordedEvent<Type>>,
    context: SagaContext,
  ) => SagaReaction<State, Sent, TimerName>
}

/** One function per command, for those whose outcome matters. */
export type SagaDoneHandlers<Target extends CommandTarget, State, TimerName extends string> = {
  readonly [Done in DoneCommand<Target> as Done['command']]?: (
    state: State,
    done: Done,
    context: SagaContext,
  ) => SagaReaction<State, CommandOf<Target>, TimerName>
}

/** One function per command, for those that may be refused, or fail. */
export type SagaRefusedHandlers<Target extends CommandTarget, State, TimerName extends string> = {
  readonly [Name in CommandOf<Target>['command']]?: (
    state: State,
    refused: RefusedCommand<Name>,
    context: SagaContext,
  ) => SagaReaction<State, CommandOf<Target>, TimerName>
}

/** One function per timer. */
export type SagaTimerHandlers<State, Sent extends Command, TimerName extends string> = {
  readonly [Name in TimerName]: (state: State, context: SagaContext) => SagaReaction<State, Sent, TimerName>
}

/** A kind of long-running process: inputs to commands and timers. Made by {@link defineSaga}. */
export interface SagaDefinition<
  Event extends RecordedEvent = RecordedEvent,
  State = unknown,
  Target extends CommandTarget = CommandTarget,
  TimerName extends string = string,
  Source extends EventSource = EventSource,
> {
  readonly name: string
  readonly of: readonly Source[]
  readonly sends: readonly Target[]
  readonly state: StandardSchema<State> | undefined
  readonly initialState: State | ((key: string) => State)
  /** Undefined: the key of the stream. */
  readonly key: ((event: Event) => string | readonly string[] | undefined) | undefined
  readonly startedBy: readonly Event['type'][]
  readonly early: 'ignore' | 'keep'
  readonly restart: boolean
  readonly on: SagaEventHandlers<Event, State, CommandOf<Target>, TimerName>
  readonly onDone: SagaDoneHandlers<Target, State, TimerName>
  readonly onRefused: SagaRefusedHandlers<Target, State, TimerName>
  readonly onTimer: SagaTimerHandlers<State, CommandOf<Target>, TimerName>
  readonly onRetry:
    | ((state: State, context: SagaContext) => SagaReaction<State, CommandOf<Target>, TimerName>)
    | undefined
}

/**
 * Defines a process over several aggregates and services that takes time: events, outcomes of commands and timers in;
 * commands and timers out. Everything is inferred from the definitions in `of` and `sends`. `saga` runs it.
 *
 * Handlers are pure and synchronous: state and input to {@link SagaEffects}. The inputs of one instance are handled
 * one after another in the order of the log, each once; its state, commands and timers are stored in one step with that.
 *
 * - An event that starts an instance, and finds it running, is handled as any other.
 * - An event that does not start one, and finds none, is ignored, or with `early: 'keep'` kept until it begins.
 * - An input of an instance that has ended is ignored, and counted; with `restart` a starting event begins it anew.
 * - A command that is refused, and has no handler in `onRefused`, makes the instance stuck: nothing is lost silently.
 *
 * @param name of the saga in the store, also part of its streams; at most 128 bytes, without a dash
 * @throws InvalidInputError `invalid-definition`, `invalid-stream-id`
 * @example
 * const Reminder = defineSaga('reminder', {
 *   of: [Invoice],
 *   sends: [Mail],
 *   startedBy: ['InvoiceSent'],
 *   initialState: { customer: '' },
 *   on: {
 *     InvoiceSent: (_state, { data }) => ({ state: { customer: data.customer }, set: { overdue: { after: 14 * day } } }),
 *     InvoicePaid: () => ({ end: 'completed' }),
 *   },
 *   onTimer: {
 *     overdue: ({ customer }, { key }) => ({ send: [{ command: 'mail.remind', input: { customer, invoice: key } }] }),
 *   },
 * })
 */
export function defineSaga<
  Source extends EventSource,
  Target extends CommandTarget,
  State,
  const TimerName extends string = never,
>(
  name: string,
  definition: {
    /** Aggregate definitions, whose events are handled. */
    readonly of: readonly Source[]
    /** Definitions of the aggregates and services that it sends commands to. */
    readonly sends: readonly Target[]
    /** Checks the state whenever it changes. Synchronous. Default: none. */
    readonly state?: StandardSchema<State>
    /** The state before the first event, or a function of the key that makes it. */
    readonly initialState: State | ((key: string) => State)
    /**
     * Which instance an event is for, or which ones; undefined: none. Pure. Called for the types of `on` only. Default:
     * what stands after the category in its stream id. Required with several sources.
     */
    readonly key?: (event: NoInfer<EventFrom<Source>>) => string | readonly string[] | undefined
    /** Types of the events that begin an instance. */
    readonly startedBy: readonly NoInfer<EventFrom<Source>['type']>[]
    /** What becomes of an event that comes before those. Default `'ignore'`. */
    readonly early?: 'ignore' | 'keep'
    /** Whether a starting event begins an instance that has ended anew. Default false. */
    readonly restart?: boolean
    readonly on: NoInfer<SagaEventHandlers<EventFrom<Source>, State, CommandOf<Target>, TimerName>>
    readonly onDone?: NoInfer<SagaDoneHandlers<Target, State, TimerName>>
    readonly onRefused?: NoInfer<SagaRefusedHandlers<Target, State, TimerName>>
    /** One function per timer: its names are what `set` and `cancel` know. */
    readonly onTimer?: {
      readonly [Name in TimerName]: (
        state: NoInfer<State>,
        context: SagaContext,
      ) => SagaReaction<NoInfer<State>, NoInfer<CommandOf<Target>>, NoInfer<TimerName>>
    }
    /**
     * What is done when somebody retries a stuck instance. Default: the command because of which it is stuck is sent
     * again.
     */
    readonly onRetry?: (
      state: NoInfer<State>,
      context: SagaContext,
    ) => SagaReaction<NoInfer<State>, NoInfer<CommandOf<Target>>, NoInfer<TimerName>>
  },
): SagaDefinition<EventFrom<Source>, State, Target, TimerName, Source> {
  const {
    of,
    sends,
    key,
    startedBy,
    initialState,
    state,
    on,
    onDone = {},
    onRefused = {},
    onTimer = {},
  } = definition
  checkName(name, 'name of a saga', 'invalid-definition', 128)
  checkCategory(name)
  filterOfSources(`Saga ${name}`, of, on)
  const problem = findProblem(name, {
    of,
    sends,
    key,
    startedBy,
    on,
    outcomes: { ...onDone, ...onRefused },
  })
  if (problem !== undefined) throw new InvalidInputError('invalid-definition', problem)
  if (typeof initialState !== 'function') deepFreeze(initialState)
  const { early = 'ignore', restart = false, onRetry } = definition
  return Object.freeze({
    name,
    of,
    sends,
    state,
    initialState,
    key,
    startedBy,
    early,
    restart,
    on,
    onDone,
    onRefused,
    onTimer: onTimer as SagaTimerHandlers<State, CommandOf<Target>, TimerName>,
    onRetry,
  })
}

interface Parts {
  readonly of: readonly EventSource[]
  readonly sends: readonly CommandTarget[]
  readonly key: unknown
  readonly startedBy: readonly string[]
  readonly on: object
  readonly outcomes: object
}

/** The compiler says most of it already; this is for callers without one. */
function findProblem(name: string, parts: Parts): string | undefined {
  const { of, sends, key, startedBy, on, outcomes } = parts
  if (key === undefined && new Set(of.map(({ category }) => category)).size > 1) {
    return `Saga ${name} has several sources, which may have the same keys. Say by \`key\` what is meant.`
  }
  if (startedBy.length === 0) return `Saga ${name} is started by nothing. Name an event in \`startedBy\`.`
  const unhandled = startedBy.find((type) => !Object.hasOwn(on, type))
  if (unhandled !== undefined)
    return `Saga ${name} is started by ${unhandled}, but has no handler for it in \`on\`.`
  const commands = commandNames(sends)
  const unknown = Object.keys(outcomes).find((command) => !commands.has(command))
  if (unknown !== undefined)
    return `Saga ${name} handles the outcome of ${unknown}, which no definition of \`sends\` has.`
  return undefined
}

/** Names of all commands of definitions. */
export function commandNames(targets: readonly CommandTarget[]): ReadonlySet<string> {
  return new Set(
    targets.flatMap((target) => {
      const owner = 'category' in target ? target.category : target.service
      return Object.keys(target.commands satisfies CommandSchemas).map((name) => `${owner}.${name}`)
    }),
  )
}
