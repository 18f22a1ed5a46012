import type { EventMetadata } from '../event/event.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { validate } from '../event/validate.ts'
import type { SentCommand } from './command-bus-options.ts'
import { InvalidResultError } from './command-errors.ts'
import type { CommandRoute, RouteContext, RouteOptions } from './command-route.ts'
import type { CommandResult } from './command-sender.ts'
import { keyedCommand } from './idempotency-keys.ts'
import type { StoredResult } from './key-record.ts'
import type { ServiceContext } from './service.ts'
import type { InTurn } from './turns.ts'

/** A command of a service. */
export interface ServiceCommand {
  readonly service: string
  readonly schema: StandardSchema
  readonly result: StandardSchema | undefined
  readonly handle: (input: unknown, context: ServiceContext) => unknown
}

/** Takes a command to the handler of its service. */
export class ServiceRoute<Transaction> implements CommandRoute {
  readonly #context: RouteContext<Transaction>
  readonly #command: ServiceCommand

  constructor(context: RouteContext<Transaction>, command: ServiceCommand) {
    this.#context = context
    this.#command = command
  }

  async carryOut(sent: SentCommand, options: RouteOptions): Promise<CommandResult> {
    const { id, command, idempotencyKey } = sent
    const { authorise, idempotency } = this.#context
    const { schema } = this.#command
    const input = await validate(schema, command.input, 'invalid-command', `input of ${command.command}`)
    if (authorise !== undefined) await authorise(sent, input)
    const inTurn = this.#turnOf(command.to, options)
    const isWithinTurn = options.isWithinTurn || command.to !== undefined
    const run = async (): Promise<StoredResult> => {
      options.signal?.throwIfAborted()
      const context = this.#contextOf(sent, { ...options, isWithinTurn })
      const value = await this.#handle(command.command, input, context)
      return { id, events: 0, ...(value !== undefined && { value }) }
    }
    const { result, repeated } =
      idempotencyKey === undefined
        ? { result: await inTurn(run), repeated: false }
        : await idempotency().perClaim.carryOut(keyedCommand(command, idempotencyKey, options), inTurn, run)
    return {
      id: result.id,
      stream: undefined,
      version: undefined,
      position: undefined,
      events: [],
      value: result.value,
      repeated,
    }
  }

  /**
   * Whoever holds the turn of a service waits for no other, which might wait for it in turn. Aggregates are always waited
   * for: they wait for nobody.
   */
  #turnOf(to: string | undefined, { signal, isWithinTurn }: RouteOptions): InTurn {
    if (to === undefined || isWithinTurn) return (work) => work(false, () => {})
    // No stream has such a name.
    return (work) => this.#context.turns.take(`${this.#command.service}\n${to}`, work, signal)
  }

  async #handle(name: string, input: unknown, context: ServiceContext): Promise<unknown> {
    const { result, handle } = this.#command
    const value = await handle(input, context)
    if (result === undefined) return undefined
    try {
      return await validate(result, value, 'invalid-command', `result of ${name}`)
    } catch (cause) {
      throw new InvalidResultError(name, { cause })
    }
  }

  #contextOf(sent: SentCommand, options: RouteOptions): ServiceContext {
    const { id, command, metadata, idempotencyKey = id } = sent
    const { clock, newId } = this.#context.store
    const { isWithinTurn, signal = new AbortController().signal } = options
    const following: EventMetadata = { ...metadata, causationId: id }
    // What follows from another command is caused by that.
    const { causationId: _, ...handedOn } = metadata
    return {
      id,
      to: command.to,
      idempotencyKey,
      metadata: following,
      signal,
      clock,
      newId,
      send: (next, nextOptions = {}) =>
        this.#context.send(next, {
          signal,
          ...nextOptions,
          metadata: { ...handedOn, ...nextOptions.metadata },
          isWithinTurn,
        }),
    }
  }
}
