import { executeOne } from '../aggregate/execute-one.ts'
import type { Executed } from '../aggregate/loaded.ts'
import type { PlannedCommand } from '../aggregate/planned-command.ts'
import { InvalidInputError, isEventfoldError } from '../errors.ts'
import type { NewEvent } from '../event/event.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import type { EventStore } from '../store/event-store.ts'
import type { AppendResult } from '../store/event-store-options.ts'
import type { Command } from './command.ts'
import type { SentCommand } from './command-bus-options.ts'
import type { CommandRoute, RouteContext, RouteOptions } from './command-route.ts'
import type { CommandResult } from './command-sender.ts'
import { keyedCommand } from './idempotency-keys.ts'
import type { StoredResult } from './key-record.ts'
import type { Alongside } from './once-per-append.ts'
import type { InTurn } from './turns.ts'

type Planned<Transaction> = PlannedCommand<Executed<unknown, unknown>, Transaction>

/** What a bus needs of a repository. */
export interface CommandRepository<Transaction = never> {
  readonly store: EventStore<Transaction>
  readonly definition: {
    readonly category: string
    readonly commands: Readonly<Record<string, StandardSchema>>
  }
  command(id: string, command: never, ...input: never[]): Planned<Transaction>
}

/** Takes a command to its aggregate. */
export class AggregateRoute<Transaction> implements CommandRoute {
  readonly #context: RouteContext<Transaction>
  readonly #repository: CommandRepository<Transaction>
  readonly #name: string

  constructor(context: RouteContext<Transaction>, repository: CommandRepository<Transaction>, name: string) {
    this.#context = context
    this.#repository = repository
    this.#name = name
  }

  async carryOut(sent: SentCommand, options: RouteOptions): Promise<CommandResult> {
    const { id, command, metadata, idempotencyKey } = sent
    const { expected, signal } = options
    const { authorise, turns, idempotency } = this.#context
    const planned = this.#plan(command)
    const input = await planned.parseInput()
    if (authorise !== undefined) await authorise(sent, input)
    const settings = expected === undefined ? { metadata } : { metadata, expected }
    if (idempotencyKey === undefined) {
      const work = () => executeOne(planned, input, settings)
      return resultOf(id, await turns.take(planned.stream, work, signal))
    }
    const keyed = keyedCommand(command, idempotencyKey, options)
    const inTurn: InTurn = (work) => turns.take(planned.stream, work, signal)
    let executed: Executed<unknown, unknown> | undefined
    const { result, repeated } = await idempotency().perAppend.carryOut(keyed, inTurn, async (alongside) => {
      executed = await executeOne(planned, input, settings, inTransaction(id, alongside))
      return storedOf(id, executed)
    })
    const events =
      repeated || executed === undefined
        ? await readEvents(this.#context.store, result)
        : asRecorded(executed, metadata)
    const { stream, version, position } = result
    return { id: result.id, stream, version, position, events, value: undefined, repeated }
  }

  #plan({ command, to, input }: Command): Planned<Transaction> {
    if (typeof to !== 'string') {
      throw new InvalidInputError(
        'invalid-command',
        `Command ${command} is sent to no aggregate: give its key in \`to\`.`,
      )
    }
    try {
      return this.#repository.command(to, this.#name as never, input as never)
    } catch (cause) {
      if (!isEventfoldError(cause, 'invalid-stream-id')) throw cause
      throw new InvalidInputError(
        'invalid-command',
        `Command ${command} cannot be sent there. ${cause.message}`,
        {
          cause,
        },
      )
    }
  }
}

function inTransaction<Transaction>(id: string, alongside: Alongside<Transaction>) {
  return async (appended: AppendResult, transaction: Transaction): Promise<void> =>
    alongside(appendedResult(id, appended), transaction)
}

function appendedResult(id: string, { stream, version, position, eventIds }: AppendResult): StoredResult {
  return { id, stream, version, position, events: eventIds.length }
}

function storedOf(id: string, { stream, version, appended }: Executed<unknown, unknown>): StoredResult {
  return appended === undefined ? { id, stream, version, events: 0 } : appendedResult(id, appended)
}

function resultOf(
  id: string,
  { stream, version, appended, events }: Executed<unknown, unknown>,
): CommandResult {
  return {
    id,
    stream,
    version: appended?.version ?? version,
    position: appended?.position,
    events: events as readonly NewEvent[],
    value: undefined,
    repeated: false,
  }
}

/** What {@link readEvents} will give of the same command. */
function asRecorded(
  { events, appended }: Executed<unknown, unknown>,
  metadata: SentCommand['metadata'],
): readonly NewEvent[] {
  return (events as readonly NewEvent[]).map(({ type, data, tags = [], metadata: own }, index) => ({
    id: appended?.eventIds[index] as string,
    type,
    data,
    metadata: { ...metadata, ...own },
    tags: [...new Set(tags)],
  }))
}

async function readEvents(
  store: EventStore,
  { stream, version = 0, events }: StoredResult,
): Promise<readonly NewEvent[]> {
  if (stream === undefined || events === 0) return []
  const recorded = await store.readStream(stream, { from: version - events + 1, to: version })
  return recorded.map(({ id, type, data, metadata, tags }) => ({ id, type, data, metadata, tags }))
}
