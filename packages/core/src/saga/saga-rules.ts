import type { CommandTarget } from '../command/command.ts'
import { InvalidInputError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import { type EventSource, isFromSources } from '../event/event-sources.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { keyOf } from '../event/stream-id.ts'
import { validate } from '../event/validate.ts'
import { commandNames } from './define-saga.ts'
import type { CommandFailure, SagaContext, SagaEffects } from './saga-effects.ts'
import type { SagaEntries, SentEntry } from './saga-entries.ts'
import { isOwnInput, sagaCategory, sagaInputTypes } from './saga-entries.ts'
import { hasEnded, type SagaRecord, type StoredInput } from './saga-record.ts'
import { type SagaAdvance, SagaTurn } from './saga-turn.ts'

/** A saga of which only its shape is known. */
export interface AnySagaDefinition {
  readonly name: string
  readonly of: readonly EventSource[]
  readonly sends: readonly CommandTarget[]
  readonly state: StandardSchema | undefined
  readonly initialState: unknown
  readonly key: ((event: never) => string | readonly string[] | undefined) | undefined
  readonly startedBy: readonly string[]
  readonly early: 'ignore' | 'keep'
  readonly restart: boolean
  readonly on: object
  readonly onDone: object
  readonly onRefused: object
  readonly onTimer: object
  readonly onRetry: ((state: never, context: SagaContext) => SagaEffects<unknown> | undefined) | undefined
}

type Handler = (state: unknown, ...inputs: unknown[]) => SagaEffects<unknown> | undefined
type Handlers = Readonly<Record<string, Handler | undefined>>

/** The rules of {@link defineSaga}, without a store. */
export class SagaRules {
  readonly definition: AnySagaDefinition
  readonly category: string
  /** What the saga reads of the log; {@link keysOf} tells for whom. */
  readonly types: readonly string[]
  readonly #commands: ReadonlySet<string>
  readonly #isMeant: (event: RecordedEvent) => boolean

  constructor(definition: AnySagaDefinition) {
    this.definition = definition
    this.category = sagaCategory(definition.name)
    this.types = [...new Set([...Object.keys(definition.on), ...sagaInputTypes])]
    this.#commands = commandNames(definition.sends)
    this.#isMeant = isFromSources(definition.of)
  }

  /** The instances that an event is for. */
  keysOf(event: RecordedEvent): readonly string[] {
    if (isOwnInput(this.category, event)) return [keyOf(event.stream)]
    const { on, key } = this.definition
    if (!this.#isMeant(event) || !Object.hasOwn(on, event.type)) return []
    if (key === undefined) return [keyOf(event.stream)]
    const keys = key(event as never)
    return keys === undefined ? [] : typeof keys === 'string' ? [keys] : keys
  }

  /**
   * What follows from an input for one instance. Pure: the same record and input give the same result, ids included.
   * Undefined: nothing follows, and nothing is to be stored.
   *
   * @param before undefined where there is no such instance
   * @throws what a handler throws; InvalidInputError for effects that cannot be
   */
  advance(key: string, before: SagaRecord | undefined, input: RecordedEvent): SagaAdvance | undefined {
    const { startedBy, early, restart } = this.definition
    if (isOwnInput(this.category, input)) {
      return before && this.#respond(key, before, input, (turn) => this.#handleOwn(turn, input))
    }
    const mayStart = before === undefined || before.status === 'early' || (hasEnded(before) && restart)
    if (mayStart && startedBy.includes(input.type)) return this.#start(key, before, input)
    if (before === undefined || before.status === 'early') {
      return early === 'keep' ? this.#keep(key, before, input) : undefined
    }
    return this.#respond(key, before, input, (turn) => this.#handleEvent(turn, input))
  }

  #respond(
    key: string,
    before: SagaRecord,
    input: RecordedEvent,
    handle: (turn: SagaTurn) => void,
  ): SagaAdvance {
    const { name, state: schema } = this.definition
    const turn = new SagaTurn(name, key, before, { input, commands: this.#commands })
    if (turn.hasEnded) turn.ignore()
    else handle(turn)
    if (schema !== undefined) turn.change({ state: checkState(name, schema, turn.record.state) })
    return turn.finish()
  }

  #start(key: string, before: SagaRecord | undefined, input: RecordedEvent): SagaAdvance {
    const record = { ...newRecord(this.definition, key, input), run: (before?.run ?? 0) + 1 }
    return this.#respond(key, record, input, (turn) => {
      turn.enter('SagaStarted', { type: input.type, position: input.position })
      this.#handleEvent(turn, input)
      for (const early of before?.early ?? []) {
        if (!turn.hasEnded) this.#handleEvent(turn, toInput(early))
      }
    })
  }

  #keep(key: string, before: SagaRecord | undefined, input: RecordedEvent): SagaAdvance {
    const record = before ?? { ...newRecord(this.definition, key, input), run: 0, status: 'early' as const }
    return this.#respond(key, record, input, (turn) => {
      turn.change({ early: [...record.early, { ...input, recordedAt: input.recordedAt.toISOString() }] })
    })
  }

  #handleEvent(turn: SagaTurn, input: RecordedEvent): void {
    this.#call('on', input.type, turn, input, input)
  }

  /** An input that the saga, its timers, or somebody who looks after it has recorded. */
  #handleOwn(turn: SagaTurn, input: RecordedEvent): void {
    switch (input.type as keyof SagaEntries) {
      case 'CommandDone':
        this.#handleDone(turn, input)
        break
      case 'CommandRefused':
        this.#handleRefusal(turn, input)
        break
      case 'CommandFailed':
        this.#handleFailure(turn, input)
        break
      case 'TimerFired':
        this.#handleTimer(turn, input)
        break
      case 'SagaRetried':
        this.#handleRetry(turn, input)
        break
      case 'SagaResolved': {
        const { as, note } = input.data as SagaEntries['SagaResolved']
        turn.end(as, note)
        break
      }
      default:
    }
  }

  #handleDone(turn: SagaTurn, input: RecordedEvent): void {
    const { key, attempt: _, ...outcome } = input.data as SagaEntries['CommandDone']
    const sent = turn.settle(key)
    if (sent === undefined) {
      turn.ignore()
    } else {
      const { command, to, as } = sent
      this.#call('onDone', command, turn, input, { command, to, as, ...outcome })
    }
  }

  #handleRefusal(turn: SagaTurn, input: RecordedEvent): void {
    const { key, error } = input.data as SagaEntries['CommandRefused']
    const sent = turn.settle(key)
    if (sent === undefined) turn.ignore()
    else this.#refuse(turn, input, { sent, error, isCertain: true })
  }

  #handleFailure(turn: SagaTurn, input: RecordedEvent): void {
    const { key, attempt, error } = input.data as SagaEntries['CommandFailed']
    const sent = turn.waitingFor(key)
    if (sent?.attempt !== attempt) {
      turn.ignore()
    } else if (!turn.retryLater(sent)) {
      turn.settle(key)
      this.#refuse(turn, input, { sent, error, isCertain: false })
    }
  }

  #refuse(turn: SagaTurn, input: RecordedEvent, { sent, error, isCertain }: Refusal): void {
    const { command, to, as } = sent
    if (Object.hasOwn(this.definition.onRefused, command)) {
      const refused = { command, to, as, input: sent.input, error, isCertain }
      this.#call('onRefused', command, turn, input, refused)
      if (turn.record.status === 'stuck') turn.change({ stuckOn: { ...sent, isCertain } })
    } else {
      turn.stickOn(sent, isCertain, error)
    }
  }

  #handleTimer(turn: SagaTurn, input: RecordedEvent): void {
    const timer = turn.fired(input.id)
    if (timer === undefined) turn.ignore()
    else if ('name' in timer) this.#call('onTimer', timer.name, turn, input)
    else this.#handleCommandTimer(turn, input, timer)
  }

  #handleCommandTimer(
    turn: SagaTurn,
    input: RecordedEvent,
    timer: { readonly retry: string } | { readonly timeout: string },
  ): void {
    const sent = turn.waitingFor('retry' in timer ? timer.retry : timer.timeout)
    if (sent === undefined) {
      turn.ignore()
    } else if ('retry' in timer) {
      turn.resend({ ...sent, attempt: sent.attempt + 1 })
    } else {
      turn.settle(sent.key)
      const message = `${sent.command} had no outcome in time`
      const error = { name: 'CommandTimeout', code: 'command-timeout', message }
      this.#refuse(turn, input, { sent, error, isCertain: false })
    }
  }

  #handleRetry(turn: SagaTurn, input: RecordedEvent): void {
    const { status, stuckOn } = turn.record
    if (status !== 'stuck') {
      turn.ignore()
      return
    }
    turn.change({ status: 'running', reason: null, stuckOn: null })
    const { onRetry } = this.definition
    if (onRetry !== undefined) {
      turn.take(onRetry(turn.record.state as never, contextOf(turn, input)))
    } else if (stuckOn !== null) {
      const { isCertain, ...sent } = stuckOn
      // One that may have had its effect keeps its key, so that it has no second one.
      if (isCertain) turn.sendAnew(sent)
      else turn.resend({ ...sent, attempt: 1 })
    }
  }

  #call(
    kind: 'on' | 'onDone' | 'onRefused' | 'onTimer',
    name: string,
    turn: SagaTurn,
    input: RecordedEvent,
    ...given: unknown[]
  ): void {
    const handlers = this.definition[kind] as Handlers
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined
    turn.take(handler?.(turn.record.state, ...given, contextOf(turn, input)))
  }
}

interface Refusal {
  readonly sent: SentEntry
  readonly error: CommandFailure
  readonly isCertain: boolean
}

function contextOf(turn: SagaTurn, input: RecordedEvent): SagaContext {
  return { key: turn.key, now: input.recordedAt, correlationId: turn.record.correlationId }
}

function newRecord({ initialState }: AnySagaDefinition, key: string, input: RecordedEvent): SagaRecord {
  const at = input.recordedAt.getTime()
  return {
    status: 'running',
    state:
      typeof initialState === 'function' ? (initialState as (key: string) => unknown)(key) : initialState,
    run: 1,
    correlationId: input.metadata.correlationId ?? input.id,
    startedAt: at,
    updatedAt: at,
    timers: {},
    waiting: {},
    stuckOn: null,
    reason: null,
    ignored: 0,
    early: [],
  }
}

function checkState(name: string, schema: StandardSchema, state: unknown): unknown {
  const checked = validate(schema, state, 'invalid-document', `state of saga ${name}`)
  if (!(checked instanceof Promise)) return checked
  throw new InvalidInputError(
    'invalid-definition',
    `The schema of the state of saga ${name} is asynchronous.`,
  )
}

function toInput({ recordedAt, ...event }: StoredInput): RecordedEvent {
  return { ...event, recordedAt: new Date(recordedAt) }
}
