import { ConcurrencyError, InvalidInputError, isEventfoldError } from '../errors.ts'
import type { EventMetadata, NewEvent } from '../event/event.ts'
import { type ExpectedVersion, meetsExpectation, parseExpectedVersion } from '../event/expected-version.ts'
import type { EventStore } from '../store/event-store.ts'
import type { AppendResult } from '../store/event-store-options.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import type { Executed, Loaded } from './loaded.ts'
import type { PlannedCommand } from './planned-command.ts'

export interface ExecuteOptions<Transaction = unknown> {
  /** What must hold before the command decides, such as `'no-stream'` or a version a user has seen. Default `'any'`. */
  readonly expected?: ExpectedVersion
  /** For all events of the command, and for `context.metadata`. */
  readonly metadata?: EventMetadata
  /** Loads and appends inside an open transaction. */
  readonly transaction?: Transaction
}

/** Results of several commands, in their order. */
type Results = readonly Executed<unknown, unknown>[]

/**
 * Executes commands on several aggregates atomically: all of their events are stored, or none. Commands on the same
 * aggregate decide one after another, each on the state that the one before left. On a conflict all of them decide
 * again, on fresh state.
 *
 * An aggregate whose commands decide no event is read, but not protected from a change in between.
 *
 * @throws what `decide` throws, as it is, and the errors of `Repository.execute`
 * @throws InvalidInputError `invalid-option` if there is no command, or the aggregates live in different stores
 * @example
 * await executeAll([
 *   accounts.command('ada', 'withdraw', { cents: 500 }),
 *   accounts.command('bob', 'deposit', { cents: 500 }),
 * ])
 */
export async function executeAll<All extends Results, Transaction = unknown>(
  commands: readonly [...{ [Index in keyof All]: PlannedCommand<All[Index], Transaction> }],
  options: ExecuteOptions<Transaction> = {},
): Promise<All> {
  const planned: readonly PlannedCommand<Executed<unknown, unknown>, Transaction>[] = commands
  const store = checkSameStore(planned)
  const expected = parseExpectedVersion(options.expected ?? 'any')
  const maxAttempts = Math.max(...planned.map((command) => command.maxAttempts))
  const inputs: unknown[] = []
  for (const command of planned) inputs.push(await command.parseInput())
  for (let attempt = 1; ; attempt++) {
    const streams = await loadStreams(planned, expected, options.transaction)
    const executed = await decideInOrder(planned, inputs, streams, options.metadata ?? {})
    try {
      const appended = await appendDecided(store, streams, options)
      const results: Executed<unknown, unknown>[] = []
      for (const [index, command] of planned.entries()) {
        const result = executed[index] as Executed<unknown, unknown>
        const receipt = appended.get(result.stream)
        // Events that were stored before are in the state already that the command decided on.
        const loaded = receipt?.duplicate === true ? await command.load(options.transaction) : result
        results.push({ ...loaded, events: result.events, appended: receipt })
      }
      // The element types follow from the commands one by one, which a map over an array cannot express.
      return results as Results as All
    } catch (error) {
      if (!isEventfoldError(error, 'concurrency') || attempt >= maxAttempts) throw error
    }
    await pauseAfterConflict(attempt)
  }
}

/** What becomes of one stream in one attempt. */
interface StreamAttempt {
  readonly startVersion: number
  readonly events: NewEvent[]
  latest: Loaded<unknown>
}

type StreamAttempts = Map<string, StreamAttempt>

function checkSameStore<Transaction>(
  commands: readonly PlannedCommand<Executed<unknown, unknown>, Transaction>[],
) {
  const [first] = commands
  if (first === undefined) {
    throw new InvalidInputError('invalid-option', 'There are no commands to execute. Leave the call out.')
  }
  const definitions = new Map<string, object>()
  for (const { store, stream, definition } of commands) {
    if (store !== first.store) {
      throw new InvalidInputError(
        'invalid-option',
        `${stream} and ${first.stream} live in different stores, which cannot change together. Use a saga.`,
      )
    }
    if ((definitions.get(stream) ?? definition) !== definition) {
      throw new InvalidInputError(
        'invalid-option',
        `${stream} is used by two different aggregate definitions.`,
      )
    }
    definitions.set(stream, definition)
  }
  return first.store
}

async function loadStreams<Transaction>(
  commands: readonly PlannedCommand<Executed<unknown, unknown>, Transaction>[],
  expected: ExpectedVersion,
  transaction: Transaction | undefined,
): Promise<StreamAttempts> {
  const streams: StreamAttempts = new Map()
  for (const command of commands) {
    if (streams.has(command.stream)) continue
    const loaded = await command.load(transaction)
    if (!meetsExpectation(expected, loaded.version)) {
      throw new ConcurrencyError(command.stream, expected, loaded.version)
    }
    streams.set(command.stream, { startVersion: loaded.version, events: [], latest: loaded })
  }
  return streams
}

async function decideInOrder<Transaction>(
  commands: readonly PlannedCommand<Executed<unknown, unknown>, Transaction>[],
  inputs: readonly unknown[],
  streams: StreamAttempts,
  metadata: EventMetadata,
): Promise<readonly Executed<unknown, unknown>[]> {
  const results: Executed<unknown, unknown>[] = []
  for (const [index, command] of commands.entries()) {
    const stream = streams.get(command.stream) as StreamAttempt
    const result = await command.decide(stream.latest, inputs[index], metadata)
    stream.events.push(...(result.events as readonly NewEvent[]))
    stream.latest = result
    results.push(result)
  }
  return results
}

async function appendDecided<Transaction>(
  store: EventStore<Transaction>,
  streams: StreamAttempts,
  { metadata, transaction }: ExecuteOptions<Transaction>,
): Promise<ReadonlyMap<string, AppendResult>> {
  const appends = [...streams]
    .filter(([, { events }]) => events.length > 0)
    .map(([stream, { events, startVersion }]) => ({ stream, events, expected: startVersion }))
  if (appends.length === 0) return new Map()
  const results = await store.appendAll(appends, {
    ...(metadata !== undefined && { metadata }),
    ...(transaction !== undefined && { transaction }),
  })
  return new Map(results.map((result) => [result.stream, result]))
}
