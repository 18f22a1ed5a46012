import { executeOne } from '../aggregate/execute-one.ts'
import type { Executed } from '../aggregate/loaded.ts'
import type { PlannedCommand } from '../aggregate/planned-command.ts'
import type { NewEvent } from '../event/event.ts'
import type { ExpectedVersion } from '../event/expected-version.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { validate } from '../event/validate.ts'
import type { AppendResult } from '../store/event-store-options.ts'
import type { SentCommand } from './command-bus-options.ts'
import { InvalidResultError } from './command-errors.ts'
import type { StoredResult } from './idempotency-keys.ts'
import type { Alongside, Carried, KeyedCommand, OncePerKey } from './once-per-key.ts'

/** Runs work when the target of the command is free. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

/** What is left to do for a command whose input is parsed, and that is allowed. */
export interface CommandWork<Transaction> {
  /** Without a key. */
  readonly plain: () => Promise<{ readonly result: StoredResult; readonly events: readonly NewEvent[] }>
  readonly once: (once: OncePerKey<Transaction>, keyed: KeyedCommand) => Promise<Carried>
  /** What was decided last. */
  readonly events: () => readonly NewEvent[]
}

/** Decides and appends. */
export function aggregateWork<Transaction>(
  { id, metadata }: SentCommand,
  planned: PlannedCommand<Executed<unknown, unknown>, Transaction>,
  settings: {
    readonly expected: ExpectedVersion | undefined
    readonly signal: AbortSignal | undefined
    readonly inTurn: InTurn
  },
): CommandWork<Transaction> {
  const { expected, signal, inTurn } = settings
  const options = { metadata, ...(expected !== undefined && { expected }) }
  let events: readonly NewEvent[] = []
  const execute = async (alongside?: Alongside<Transaction>): Promise<StoredResult> => {
    signal?.throwIfAborted()
    const executed = await executeOne(
      planned,
      options,
      alongside && ((appended, transaction) => alongside(resultOf(id, appended), transaction)),
    )
    const { stream, version, appended } = executed
    events = executed.events as readonly NewEvent[]
    return appended === undefined ? { id, stream, version, events: 0 } : resultOf(id, appended)
  }
  return {
    plain: () => inTurn(async () => ({ result: await execute(), events })),
    once: (once, keyed) => inTurn(() => once.execute(keyed, execute)),
    events: () => events,
  }
}

/** Runs a handler of a service. */
export function serviceWork<Transaction>(
  { id, command }: SentCommand,
  handle: () => unknown,
  { result: schema, inTurn }: { readonly result: StandardSchema | undefined; readonly inTurn: InTurn },
): CommandWork<Transaction> {
  const run = async (): Promise<StoredResult> => {
    const returned = await handle()
    const value = schema === undefined ? undefined : await parseResult(schema, command.command, returned)
    return { id, events: 0, ...(value !== undefined && { value }) }
  }
  return {
    plain: async () => ({ result: await inTurn(run), events: [] }),
    once: (once, keyed) => inTurn(() => once.run(keyed, run)),
    events: () => [],
  }
}

function resultOf(id: string, { stream, version, position, eventIds }: AppendResult): StoredResult {
  return { id, stream, version, position, events: eventIds.length }
}

async function parseResult(schema: StandardSchema, command: string, value: unknown): Promise<unknown> {
  try {
    return await validate(schema, value, 'invalid-command', `result of ${command}`)
  } catch (cause) {
    throw new InvalidResultError(command, { cause })
  }
}
