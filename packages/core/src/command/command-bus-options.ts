import type { EventMetadata } from '../event/event.ts'
import type { Command } from './command.ts'
import type { CommandResult } from './command-sender.ts'

/** What is known of a command on its way. */
export interface SentCommand {
  readonly id: string
  readonly command: Command
  readonly metadata: EventMetadata
  readonly idempotencyKey: string | undefined
}

/** Stands around every command: for tracing, metrics, logs. It calls `next` once, and returns what comes of it. */
export type CommandMiddleware = (
  sent: SentCommand,
  next: () => Promise<CommandResult>,
) => Promise<CommandResult>

export interface CommandBusOptions<Repositories, Services> {
  /** Repositories of the aggregates that commands are for, on the store of the bus. */
  readonly aggregates?: Repositories
  /** Services with their handlers. */
  readonly services?: Services
  /** The first is the outermost. They see every command, also one that is not valid or not allowed. */
  readonly middleware?: readonly CommandMiddleware[]
  /**
   * Throws where the sender may not send this. It sees the input as its schema returns it, and is asked before a stored
   * result is given out.
   *
   * @example
   * authorise: ({ command, metadata }) => {
   *   if (!mayDo(metadata.actor, command)) throw new DomainError('forbidden')
   * }
   */
  readonly authorise?: (sent: SentCommand, input: unknown) => void | Promise<void>
  readonly idempotency?: {
    /** How long a key keeps its result, in milliseconds. Default 7 days. */
    readonly keepFor?: number
    /**
     * After which time a handler of a service that has not come back is taken for dead, so that a repetition runs it
     * again, in milliseconds. Default 30,000.
     */
    readonly takeOverAfter?: number
  }
}
