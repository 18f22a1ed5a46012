import type { EventMetadata, NewEvent } from '../event/event.ts'
import type { ExpectedVersion } from '../event/expected-version.ts'
import type { Command } from './command.ts'

/** Whatever carries out commands: a command bus, or a fake in a test. */
export interface CommandSender<Sent extends Command = Command> {
  /** @throws a `DomainError` where the command is refused, `InvalidInputError` where it cannot be */
  readonly send: (command: Sent, options?: SendOptions) => Promise<CommandResult>
}

export interface SendOptions {
  /**
   * The same key and the same command give the result of the first time, however often it is sent; see `commandBus`.
   */
  readonly idempotencyKey?: string
  /**
   * Whether a refusal is the result for that key as well: then the same key is refused in the same way for ever, also if
   * it would be accepted by now. For those who act on a refusal. Default false: a command that was refused may be sent
   * again.
   */
  readonly keepRefusal?: boolean
  /** For the events that follow: correlation and actor are handed on; causation is the command unless it is given. */
  readonly metadata?: EventMetadata
  /** Id of the command, the `causationId` of its events. Default: a new UUID. */
  readonly id?: string
  /** What must hold of the aggregate before it decides. Default `'any'`. */
  readonly expected?: ExpectedVersion
  /** Ends the wait, and is handed to handlers of services. */
  readonly signal?: AbortSignal
}

/** What has come of a command. */
export interface CommandResult<Event = NewEvent, Value = unknown> {
  /** Id of the command. */
  readonly id: string
  /** Of an aggregate: its stream, and the version it has reached. */
  readonly stream: string | undefined
  readonly version: number | undefined
  /** Of the last event; undefined if there was nothing to append. What a read model can wait for. */
  readonly position: number | undefined
  /** What was appended. */
  readonly events: readonly Event[]
  /** What the handler of a service has returned. */
  readonly value: Value
  /** Whether this is the stored result of an earlier time. */
  readonly repeated: boolean
}
