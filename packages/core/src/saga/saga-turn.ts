import { isPromiseLike } from '../consumer/partition-checkpoint.ts'
import { InvalidInputError } from '../errors.ts'
import { deterministicId } from '../event/deterministic-id.ts'
import type { EventMetadata, NewEvent, RecordedEvent } from '../event/event.ts'
import { streamId } from '../event/stream-id.ts'
import type { Timer } from '../schedule/timer.ts'
import { retryPause } from './retry-pause.ts'
import type { CommandFailure, SagaCommand, SagaEffects, TimerDue } from './saga-effects.ts'
import { type SagaEntries, type SentEntry, sagaCategory } from './saga-entries.ts'
import { hasEnded, type SagaRecord, type SetTimer } from './saga-record.ts'

/** An entry of the stream of an instance, with its id. */
export type SagaEntry = NewEvent & { readonly id: string }

/** What follows from an input: all of it is stored in one step. */
export interface SagaAdvance {
  readonly record: SagaRecord
  readonly entries: readonly SagaEntry[]
  readonly timers: readonly Timer[]
  /** Ids of timers that must not fire. */
  readonly cancelled: readonly string[]
}

/** Collects what follows from one input of one instance. Ids depend on nothing but the input, and their place. */
export class SagaTurn {
  readonly key: string
  readonly #saga: string
  readonly #input: RecordedEvent
  readonly #commands: ReadonlySet<string>
  readonly #stream: string
  readonly #entries: SagaEntry[] = []
  readonly #set = new Map<string, Timer>()
  readonly #cancelled: string[] = []
  readonly #timers: Map<string, SetTimer>
  readonly #waiting: Map<string, SentEntry>
  #record: SagaRecord
  #ids = 0

  /** @param commands names of those that the saga may send */
  constructor(
    saga: string,
    key: string,
    before: SagaRecord,
    { input, commands }: { readonly input: RecordedEvent; readonly commands: ReadonlySet<string> },
  ) {
    this.#saga = saga
    this.key = key
    this.#input = input
    this.#commands = commands
    this.#stream = streamId(sagaCategory(saga), key)
    this.#record = before
    this.#timers = new Map(Object.entries(before.timers))
    this.#waiting = new Map(Object.entries(before.waiting))
  }

  get record(): SagaRecord {
    return this.#record
  }

  change(changes: Partial<Omit<SagaRecord, 'timers' | 'waiting'>>): void {
    this.#record = { ...this.#record, ...changes }
  }

  /** Takes what a handler has returned. */
  take(effects: SagaEffects<unknown> | undefined): void {
    if (effects === undefined) return
    if (isPromiseLike(effects)) {
      // Nobody will wait for it.
      Promise.resolve(effects).catch(() => {})
      throw new InvalidInputError(
        'invalid-definition',
        `A handler of saga ${this.#saga} returned a promise. Handlers are pure: let a command do what takes time.`,
      )
    }
    if (effects.state !== undefined) this.change({ state: effects.state })
    for (const command of effects.send ?? []) this.#sendNew(command)
    for (const name of effects.cancel ?? []) this.#cancelNamed(name)
    for (const [name, due] of Object.entries(effects.set ?? {})) {
      if (due !== undefined) this.#setNamed(name, due)
    }
    if (effects.stuck !== undefined) this.stick(effects.stuck)
    if (effects.end !== undefined) this.end(effects.end, effects.reason)
  }

  /** Sends a command again, with the key that it has. */
  resend(sent: SentEntry): void {
    this.#waiting.set(sent.key, sent)
    this.enter('CommandSent', sent)
  }

  /** Sends a command anew, as one that was never sent. */
  sendAnew({ command, to, input, as, retry }: SentEntry): void {
    this.#send({ command, to, input, as, retry } as SagaCommand)
  }

  /** The command that an outcome is of, if it is waited for; it is no more. */
  settle(key: string): SentEntry | undefined {
    const sent = this.#waiting.get(key)
    if (sent === undefined) return undefined
    this.#waiting.delete(key)
    for (const [id, timer] of this.#timers) {
      if (('retry' in timer && timer.retry === key) || ('timeout' in timer && timer.timeout === key)) {
        this.#cancel(id)
      }
    }
    return sent
  }

  waitingFor(key: string): SentEntry | undefined {
    return this.#waiting.get(key)
  }

  /** A timer that has fired, if it is still set; it is no more. */
  fired(id: string): SetTimer | undefined {
    const timer = this.#timers.get(id)
    this.#timers.delete(id)
    return timer
  }

  /** Whether an attempt that has failed is followed by another one, which is set here. */
  retryLater(sent: SentEntry): boolean {
    const pause = retryPause(sent)
    if (pause === undefined) return false
    this.#setTimer({ retry: sent.key }, this.#now + pause)
    return true
  }

  stick(reason: string): void {
    this.change({ status: 'stuck', reason })
    this.enter('SagaStuck', { reason })
  }

  /** As {@link stick}, because of a command. */
  stickOn(sent: SentEntry, isCertain: boolean, { code, name, message }: CommandFailure): void {
    this.stick(`${sent.command} ${isCertain ? 'was refused' : 'has failed'} (${code ?? name}): ${message}`)
    this.change({ stuckOn: { ...sent, isCertain } })
  }

  end(as: 'completed' | 'failed', reason?: string): void {
    if (as !== 'completed' && as !== 'failed') {
      throw new InvalidInputError(
        'invalid-definition',
        `Saga ${this.#saga} ends ${String(as)}: it may end completed or failed.`,
      )
    }
    for (const id of this.#timers.keys()) this.#cancel(id)
    this.#waiting.clear()
    this.change({ status: as, reason: reason ?? null, stuckOn: null })
    this.enter('SagaEnded', { as, ...(reason !== undefined && { reason }) })
  }

  /** Takes an input for one that came too late, or twice. */
  ignore(): void {
    this.change({ ignored: this.#record.ignored + 1 })
  }

  /** Records something in the stream of the instance. */
  enter<Type extends keyof SagaEntries>(type: Type, data: SagaEntries[Type]): string {
    const id = this.#newId()
    this.#entries.push({ id, type, data, metadata: this.#metadata })
    return id
  }

  finish(): SagaAdvance {
    const record = {
      ...this.#record,
      timers: Object.fromEntries(this.#timers),
      waiting: Object.fromEntries(this.#waiting),
      updatedAt: this.#now,
    }
    return { record, entries: this.#entries, timers: [...this.#set.values()], cancelled: this.#cancelled }
  }

  get hasEnded(): boolean {
    return hasEnded(this.#record)
  }

  get #now(): number {
    return this.#input.recordedAt.getTime()
  }

  get #metadata(): EventMetadata {
    return { correlationId: this.#record.correlationId, causationId: this.#input.id }
  }

  #newId(): string {
    return deterministicId(this.#now, this.#saga, this.key, this.#input.id, String(this.#ids++))
  }

  #sendNew(command: SagaCommand): void {
    if (!this.#commands.has(command.command)) {
      throw new InvalidInputError(
        'invalid-command',
        `Saga ${this.#saga} sends ${String(command.command)}, which no definition of \`sends\` has.`,
      )
    }
    this.#send(command)
  }

  #send({ command, to, input, as, retry, timeout }: SagaCommand): void {
    const key = this.#newId()
    const entry: SentEntry = {
      key,
      attempt: 1,
      command,
      ...(to !== undefined && { to }),
      ...(input !== undefined && { input }),
      ...(as !== undefined && { as }),
      ...(retry !== undefined && { retry }),
    }
    this.#waiting.set(key, entry)
    this.#entries.push({ id: key, type: 'CommandSent', data: entry, metadata: this.#metadata })
    if (timeout !== undefined) this.#setTimer({ timeout: key }, this.#now + timeout)
  }

  #setNamed(name: string, due: TimerDue): void {
    for (const [id, timer] of this.#timers) if ('name' in timer && timer.name === name) this.#cancel(id)
    const at = due instanceof Date ? due.getTime() : this.#now + due.after
    if (!Number.isSafeInteger(at)) {
      throw new InvalidInputError(
        'invalid-option',
        `Timer ${name} of saga ${this.#saga} is due at no time: give a Date, or whole milliseconds.`,
      )
    }
    this.#setTimer({ name }, at)
    this.enter('TimerSet', { name, due: new Date(at).toISOString() })
  }

  #cancelNamed(name: string): void {
    for (const [id, timer] of this.#timers) {
      if (!('name' in timer) || timer.name !== name) continue
      this.#cancel(id)
      this.enter('TimerCancelled', { name })
    }
  }

  #setTimer(what: { name: string } | { retry: string } | { timeout: string }, due: number): void {
    const id = this.#newId()
    this.#timers.set(id, { ...what, due })
    const shown = 'name' in what ? what.name : 'retry' in what ? 'retry' : 'timeout'
    const event = { id, type: 'TimerFired', data: { name: shown }, metadata: this.#metadata }
    this.#set.set(id, { id, due, stream: this.#stream, event })
  }

  #cancel(id: string): void {
    this.#timers.delete(id)
    // One that was set by this very input is not stored yet.
    if (!this.#set.delete(id)) this.#cancelled.push(id)
  }
}
