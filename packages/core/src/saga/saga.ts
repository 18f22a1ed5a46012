import { checkCount } from '../check-count.ts'
import type { CommandOf, CommandTarget } from '../command/command.ts'
import { Consumer, type WaitOptions } from '../consumer/consumer.ts'
import type { ConsumerStatus } from '../consumer/consumer-status.ts'
import { UnsupportedError } from '../errors.ts'
import type { NewEvent, RecordedEvent } from '../event/event.ts'
import { streamId } from '../event/stream-id.ts'
import { TimerRunner } from '../schedule/timer-runner.ts'
import { Timers } from '../schedule/timers.ts'
import type { EventStore } from '../store/event-store.ts'
import { applyInputs, type SagaStorage } from './apply-inputs.ts'
import type { SagaDefinition } from './define-saga.ts'
import { SagaDocuments, statusText } from './saga-documents.ts'
import type { SagaEntries } from './saga-entries.ts'
import { SagaInstanceError, SagaUnfinishedError } from './saga-errors.ts'
import { type SagaInstance, toInstance } from './saga-instance.ts'
import type { SagaOptions } from './saga-options.ts'
import { hasEnded, type SagaRecord, type SagaStatus } from './saga-record.ts'
import { type AnySagaDefinition, SagaRules } from './saga-rules.ts'
import { sendCommand } from './send-command.ts'
import { untilEnded } from './until-ended.ts'

/** How a saga is, in the whole fleet. */
export interface SagaStatusReport {
  readonly name: string
  /** The consumer that handles its inputs. */
  readonly inputs: ConsumerStatus
  /** The consumer that sends its commands. */
  readonly commands: ConsumerStatus
  readonly running: number
  readonly stuck: number
  /** False where a consumer is not healthy, or an instance is stuck. */
  readonly healthy: boolean
}

/**
 * Runs the instances of a saga, in any number of processes. Made by {@link saga}.
 *
 * - The state of an instance, its commands and its timers are stored in one transaction with the checkpoint, so each
 *   input is handled exactly once, whatever crashes.
 * - A command is sent at least once, always with the same idempotency key, after everything that its instance sent
 *   before; a command bus makes its effect one. Its outcome comes back as an input.
 * - Timers are stored. One that is due while nothing runs fires when something does, once.
 * - Whatever cannot go on by itself is listed: {@link stuck} instances, and parked inputs of {@link inputs}.
 */
export class Saga<State = unknown, Transaction = unknown> {
  readonly name: string
  readonly store: EventStore<Transaction>
  /** Handles the inputs of the instances. */
  readonly inputs: Consumer<Transaction>
  /** Sends their commands. */
  readonly commands: Consumer<Transaction>
  readonly #rules: SagaRules
  readonly #storage: SagaStorage<Transaction>
  readonly #timers: TimerRunner<Transaction>

  /** @internal */
  constructor(definition: AnySagaDefinition, store: EventStore<Transaction>, options: SagaOptions) {
    const { documents } = store.adapter
    if (documents === undefined) {
      throw new UnsupportedError(
        `A ${store.adapter.name} store keeps events only. A saga needs one that keeps documents, such as openMemory, ` +
          'openSqlite or openPostgres give.',
      )
    }
    const { bus, from = 'now', onFailure = 'park', attemptTimeout = 20_000, now, ...rest } = options
    const { name } = definition
    const rules = new SagaRules(definition)
    const owner = rules.category
    checkCount(attemptTimeout, 'attemptTimeout', 1)
    this.name = name
    this.store = store
    this.#rules = rules
    this.#storage = {
      store,
      documents: new SagaDocuments(documents, name, store.codec),
      timers: new Timers(store, owner),
    }
    this.inputs = new Consumer(
      store,
      owner,
      {
        keysOf: (event) => rules.keysOf(event),
        apply: (deliveries, transaction) => applyInputs(rules, this.#storage, deliveries, transaction),
      },
      { ...rest, from, onFailure, filter: { types: rules.types } },
    )
    const settings = { store, bus, attemptTimeout }
    this.commands = new Consumer(
      store,
      `${owner}/commands`,
      { handle: ({ event }, context) => sendCommand(event, settings, context) },
      {
        ...rest,
        // An attempt ends before this, and what has failed then is told to the instance.
        handlerTimeout: attemptTimeout + 10_000,
        onFailure: 'park',
        filter: { category: owner, types: ['CommandSent'] },
      },
    )
    this.#timers = new TimerRunner(this.#storage.timers, {
      ...(now !== undefined && { now }),
      ...(rest.pollInterval !== undefined && { pollInterval: rest.pollInterval }),
      ...(rest.random !== undefined && { random: rest.random }),
      onError: (error) => rest.onError?.(error, { attempt: 1, action: 'retry' }),
    })
  }

  /**
   * Runs this instance of the saga until {@link stop}: handles inputs, sends commands, fires timers, or stands by. Does
   * nothing if it runs.
   *
   * @throws HistoryDivergedError, StoreUnavailableError, StoreClosedError, StoreFailureError; then it does not run
   */
  async start(): Promise<void> {
    try {
      // All at once, so that a stop meanwhile ends all.
      await Promise.all([this.inputs.start(), this.commands.start(), this.#timers.start()])
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Ends what {@link start} began, and leaves nothing half-done. Never rejects. May be called twice. */
  async stop(): Promise<void> {
    await Promise.all([this.#timers.stop(), this.inputs.stop(), this.commands.stop()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Resolves when every input up to `position` was handled. The commands that follow may still be under way. */
  async waitFor(position: number, options: WaitOptions = {}): Promise<void> {
    await this.inputs.waitFor(position, options)
  }

  /**
   * Resolves with an instance when it has ended, also if that is yet to begin.
   *
   * @param options `timeout` in milliseconds, default 10,000
   * @throws SagaUnfinishedError it has not ended in time, or is stuck then
   */
  async ended(
    key: string,
    options: { readonly timeout?: number; readonly signal?: AbortSignal } = {},
  ): Promise<SagaInstance<State>> {
    const { timeout = 10_000, signal } = options
    checkCount(timeout, 'timeout', 0)
    const record = await untilEnded(() => this.#read(key), { timeout, signal })
    if (record !== undefined && hasEnded(record)) return toInstance(key, record)
    throw new SagaUnfinishedError(this.name, key, record?.status, timeout)
  }

  /** One instance; undefined if there is none. */
  async get(key: string): Promise<SagaInstance<State> | undefined> {
    const record = await this.#read(key)
    return record && toInstance(key, record)
  }

  /**
   * Instances of one status, or all, by key. At most `limit`, default 100; the next page comes `after` the last key of
   * this.
   */
  async find(
    options: { readonly status?: SagaStatus; readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly SagaInstance<State>[]> {
    const { status, after, limit = 100 } = options
    const { documents } = this.#storage
    const found = await documents.adapter.find({
      collection: documents.collection,
      where: whereStatus(status),
      backwards: false,
      after: after === undefined ? undefined : { key: after },
      limit: checkCount(limit, 'limit', 1),
    })
    return found.map(({ key, data }) => toInstance(key, documents.decode(data)))
  }

  /** Instances that somebody has to {@link retry} or {@link resolve}; `reason` says why. As {@link find}. */
  async stuck(
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly SagaInstance<State>[]> {
    return this.find({ ...options, status: 'stuck' })
  }

  /** What an instance has done: when it began, its commands and what became of them, its timers, how it ended. */
  async history(
    key: string,
    options: { readonly from?: number; readonly limit?: number } = {},
  ): Promise<readonly RecordedEvent[]> {
    return this.store.readStream(this.#stream(key), options)
  }

  /**
   * Asks a stuck instance to go on: it sends again the command because of which it is stuck, or does what `onRetry` of
   * the definition says. Resolves when the request is recorded.
   *
   * @throws SagaInstanceError `saga-not-found`, `saga-not-stuck`
   */
  async retry(key: string, options: { readonly note?: string } = {}): Promise<void> {
    const record = await this.#read(key)
    if (record?.status !== 'stuck') {
      const code = record === undefined ? 'saga-not-found' : 'saga-not-stuck'
      throw this.#error(code, key, record, 'Only a stuck instance can be retried.')
    }
    const { note } = options
    await this.#append(key, 'SagaRetried', note === undefined ? {} : { note })
  }

  /**
   * Decides how an instance ends that has not ended: for those where somebody has put things right by hand. Its timers
   * are cancelled, its later inputs ignored. Resolves when the decision is recorded.
   *
   * @throws SagaInstanceError `saga-not-found`, `saga-ended`
   * @example
   * await transfers.resolve('7', { as: 'failed', note: 'refunded by hand, ticket 4711' })
   */
  async resolve(key: string, options: SagaEntries['SagaResolved']): Promise<void> {
    const record = await this.#read(key)
    if (record === undefined || hasEnded(record)) {
      const code = record === undefined ? 'saga-not-found' : 'saga-ended'
      throw this.#error(code, key, record, 'There is nothing to resolve.')
    }
    await this.#append(key, 'SagaResolved', options)
  }

  /** How it is, in the whole fleet; also where it does not run. A few small reads. */
  async status(): Promise<SagaStatusReport> {
    const { documents } = this.#storage
    const count = (status: SagaStatus) => documents.adapter.count(documents.collection, whereStatus(status))
    const [inputs, commands] = [await this.inputs.status(), await this.commands.status()]
    const [running, stuck] = [await count('running'), await count('stuck')]
    return {
      name: this.name,
      inputs,
      commands,
      running,
      stuck,
      healthy: inputs.healthy && commands.healthy && stuck === 0,
    }
  }

  async #read(key: string): Promise<SagaRecord | undefined> {
    // Whoever has no stream has no record: a database would read a lone surrogate as another character.
    this.#stream(key)
    const [record] = await this.#storage.documents.read([key])
    return record
  }

  #stream(key: string): string {
    return streamId(this.#rules.category, key)
  }

  async #append<Type extends keyof SagaEntries>(
    key: string,
    type: Type,
    data: SagaEntries[Type],
  ): Promise<void> {
    const entry: NewEvent = { type, data }
    await this.store.append(this.#stream(key), [entry], { expected: 'stream-exists' })
  }

  #error(
    code: SagaInstanceError['code'],
    key: string,
    record: SagaRecord | undefined,
    advice: string,
  ): SagaInstanceError {
    return new SagaInstanceError(code, { saga: this.name, key, status: record?.status }, advice)
  }
}

function whereStatus(status: SagaStatus | undefined) {
  if (status === undefined) return []
  const text = statusText(status)
  return [{ field: 'status', from: text, to: text }]
}

/**
 * The instances of a saga on a store. Cheap: nothing runs before `start`.
 *
 * @throws UnsupportedError the store keeps no documents; InvalidInputError `invalid-option`
 * @example
 * const transfers = saga(Transfer, store, { bus })
 * await transfers.start()
 * const { status, reason } = await transfers.ended('7')
 */
export function saga<
  Event extends RecordedEvent,
  State,
  Target extends CommandTarget,
  TimerName extends string,
  Transaction,
>(
  definition: SagaDefinition<Event, State, Target, TimerName>,
  store: EventStore<Transaction>,
  options: SagaOptions<CommandOf<Target>>,
): Saga<State, Transaction> {
  return new Saga<State, Transaction>(definition, store, options as SagaOptions)
}
