import type { Command } from '../command/command.ts'
import type { CommandSender } from '../command/command-sender.ts'
import { isRefusal } from '../command/is-refusal.ts'
import type { HandlerContext } from '../consumer/processor.ts'
import { isEventfoldError } from '../errors.ts'
import { deterministicId } from '../event/deterministic-id.ts'
import type { EventMetadata, RecordedEvent } from '../event/event.ts'
import { checkCategory } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { EventStore } from '../store/event-store.ts'
import { DeliveredStream } from './delivered-stream.ts'
import type { DeliveryOptions, PutOptions } from './delivery-options.ts'

export interface CommandQueueOptions<Queued extends Command> extends DeliveryOptions {
  /** Carries the commands out: a command bus. */
  readonly bus: CommandSender<Queued>
  /** Called when a command was refused for good, which is recorded behind it, and keeps no other from being carried out. */
  readonly onRefused?: (error: unknown, command: Queued) => void
}

/**
 * Commands that are stored now and carried out later: as soon as may be, or at a time. Made by {@link commandQueue}.
 *
 * They are sent at least once, in the order of their keys, by one instance of many, always with the same idempotency
 * key, so that a command bus makes the effect one. What fails without being refused is tried again, and parked in the
 * end, where it holds back its own key only.
 */
export class CommandQueue<
  Queued extends Command = Command,
  Transaction = unknown,
> extends DeliveredStream<Transaction> {
  readonly name: string

  /** @internal */
  constructor(name: string, store: EventStore<Transaction>, options: CommandQueueOptions<Queued>) {
    const { bus, onRefused, ...rest } = options
    checkName(name, 'name of a command queue', 'invalid-definition', 128)
    checkCategory(name)
    const settings = { store, bus: bus as CommandSender, onRefused: onRefused as RefusedHook }
    super(store, `commands:${name}`, {
      types: ['CommandQueued'],
      handle: (event, context) => carryOut(event, context, settings),
      options: rest,
    })
    this.name = name
  }

  /**
   * Stores a command, to be carried out after those of the same key that were put before. Resolves with its id, which
   * `cancel` takes while its time has not come.
   *
   * @param options `key`: what is carried out in order, by default what the command is sent to
   * @throws InvalidInputError `invalid-option`, `not-json`; and the errors of `EventStore.append`
   * @example
   * const id = await later.put({ command: 'order.cancel', to: '7', input: { why: 'not paid' } }, { after: 30 * 60_000 })
   */
  async put(
    command: Queued,
    options: PutOptions<Transaction> & {
      readonly key?: string
      readonly metadata?: EventMetadata
      /** A UUID: the same id again is the same command. Default: a new one. */
      readonly id?: string
    } = {},
  ): Promise<string> {
    const { id = this.store.newId(), metadata, key, ...rest } = options
    const owner = command.command.slice(0, command.command.lastIndexOf('.'))
    const data: Command = {
      command: command.command,
      ...(command.to !== undefined && { to: command.to }),
      ...(command.input !== undefined && { input: command.input }),
    }
    const event = { id, type: 'CommandQueued', data, ...(metadata !== undefined && { metadata }) }
    await this.deliver(key ?? `${owner}-${command.to ?? ''}`, [event], rest)
    return id
  }
}

type RefusedHook = ((error: unknown, command: Command) => void) | undefined

async function carryOut<Transaction>(
  event: RecordedEvent,
  { signal }: Pick<HandlerContext, 'signal'>,
  settings: {
    readonly store: EventStore<Transaction>
    readonly bus: CommandSender
    readonly onRefused: RefusedHook
  },
): Promise<void> {
  const { id, stream, data, metadata, recordedAt } = event
  const command = data as Command
  const following = { correlationId: id, ...metadata, causationId: id }
  try {
    await settings.bus.send(command, {
      id,
      idempotencyKey: id,
      keepRefusal: true,
      metadata: following,
      signal,
    })
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { name, message } = error as Error
    const code = isEventfoldError(error) ? error.code : undefined
    const refused = { id: deterministicId(recordedAt.getTime(), id, 'refused'), type: 'CommandRefused' }
    const failure = {
      queued: id,
      command: command.command,
      error: { name, message, ...(code !== undefined && { code }) },
    }
    await settings.store.append(stream, [{ ...refused, data: failure, metadata: following }])
    tell(settings.onRefused, error, command)
  }
}

function tell(hook: RefusedHook, error: unknown, command: Command): void {
  try {
    hook?.(error, command)
  } catch {
    // A hook that throws must not stop a queue.
  }
}

/**
 * A queue of commands on a store. Cheap: nothing is carried out before `start`, which may be in another process than
 * `put`.
 *
 * @param name of the queue in the store; at most 128 bytes, without a dash
 * @throws UnsupportedError the store keeps no documents; InvalidInputError `invalid-definition`, `invalid-option`
 * @example
 * const later = commandQueue('later', store, { bus })
 * await later.start()
 */
export function commandQueue<Queued extends Command, Transaction>(
  name: string,
  store: EventStore<Transaction>,
  options: CommandQueueOptions<Queued>,
): CommandQueue<Queued, Transaction> {
  return new CommandQueue(name, store, options)
}
