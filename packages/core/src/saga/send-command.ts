import type { Command } from '../command/command.ts'
import type { CommandResult, CommandSender, SendOptions } from '../command/command-sender.ts'
import { isRefusal } from '../command/is-refusal.ts'
import { describeFailure } from '../consumer/failure-info.ts'
import type { HandlerContext } from '../consumer/processor.ts'
import { isEventfoldError } from '../errors.ts'
import { deterministicId } from '../event/deterministic-id.ts'
import type { NewEvent, RecordedEvent } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import { untilAborted } from '../store/until-aborted.ts'
import type { CommandFailure } from './saga-effects.ts'
import type { SagaEntries, SentEntry } from './saga-entries.ts'

/**
 * Sends a command that an instance has recorded, and records its outcome in the same stream. It may be called again
 * after a crash: the key of the command makes its effect one, and the id of the outcome its record.
 *
 * @throws what passes by itself, so that the command is sent again
 */
export async function sendCommand<Transaction>(
  event: RecordedEvent,
  { store, bus, attemptTimeout }: SendingSettings<Transaction>,
  context: Pick<HandlerContext, 'signal'>,
): Promise<void> {
  const sent = event.data as SentEntry
  const time = new AbortController()
  const timer = setTimeout(() => time.abort(new AttemptTimeout(attemptTimeout)), attemptTimeout)
  const signal = AbortSignal.any([context.signal, time.signal])
  try {
    const result = await untilAborted(bus.send(messageOf(sent), optionsOf(event, signal)), signal)
    await record(event, 'CommandDone', { ...outcomeOf(sent), ...valuesOf(result) }, store)
  } catch (error) {
    context.signal.throwIfAborted()
    if (isEventfoldError(error) && error.retryable) throw error
    const type = isRefusal(error) ? 'CommandRefused' : 'CommandFailed'
    await record(event, type, { ...outcomeOf(sent), error: failureOf(error) }, store)
  } finally {
    clearTimeout(timer)
  }
}

export interface SendingSettings<Transaction> {
  readonly store: EventStore<Transaction>
  readonly bus: CommandSender
  /** How long one attempt may take, in milliseconds. */
  readonly attemptTimeout: number
}

/** Tells an attempt that took too long from one that is to end because its consumer ends. */
class AttemptTimeout extends Error {
  readonly code = 'command-timeout'

  constructor(milliseconds: number) {
    super(`An attempt took longer than ${milliseconds} ms and was aborted.`)
    this.name = 'AttemptTimeout'
  }
}

function messageOf({ command, to, input }: SentEntry): Command {
  return { command, ...(to !== undefined && { to }), ...(input !== undefined && { input }) }
}

function optionsOf({ id, data, metadata }: RecordedEvent, signal: AbortSignal): SendOptions {
  const { key } = data as SentEntry
  return { id, idempotencyKey: key, keepRefusal: true, metadata: { ...metadata, causationId: id }, signal }
}

/** Whatever was recorded first counts, should somebody who was believed dead record something else. */
async function record<Type extends 'CommandDone' | 'CommandRefused' | 'CommandFailed', Transaction>(
  event: RecordedEvent,
  type: Type,
  data: SagaEntries[Type],
  store: EventStore<Transaction>,
): Promise<void> {
  const id = deterministicId(event.recordedAt.getTime(), event.id, 'outcome')
  const metadata = { ...event.metadata, causationId: event.id }
  const outcome: NewEvent = { id, type, data, metadata }
  try {
    await store.append(event.stream, [outcome])
  } catch (error) {
    if (!isEventfoldError(error, 'event-id-conflict')) throw error
  }
}

function outcomeOf({ key, attempt }: SentEntry): Pick<SentEntry, 'key' | 'attempt'> {
  return { key, attempt }
}

function valuesOf({ value, stream, version, position }: CommandResult): Partial<SagaEntries['CommandDone']> {
  return {
    ...(value !== undefined && { value }),
    ...(stream !== undefined && { stream }),
    ...(version !== undefined && { version }),
    ...(position !== undefined && { position }),
  }
}

/** Never throws: an outcome that cannot be recorded would hold up the instance for ever. */
function failureOf(error: unknown): CommandFailure {
  const { name, message, code } = describeFailure(error, 0)
  return { name, message, ...(code !== undefined && { code }) }
}
