import type { EventStore } from '../store/event-store.ts'
import type { Command } from './command.ts'
import type { CommandBusOptions, SentCommand } from './command-bus-options.ts'
import type { CommandResult, SendOptions } from './command-sender.ts'
import type { Idempotency } from './idempotency.ts'
import type { Turns } from './turns.ts'

/** Who carries out a command, and how: validation, authorisation, idempotency, its turn, and the work itself. */
export interface CommandRoute {
  carryOut(sent: SentCommand, options: RouteOptions): Promise<CommandResult>
}

export interface RouteOptions extends SendOptions {
  /** Whether the command is sent by a handler that holds the turn of a service. */
  readonly isWithinTurn: boolean
}

/** What the routes of a bus have in common. */
export interface RouteContext<Transaction> {
  readonly store: EventStore<Transaction>
  readonly turns: Turns
  readonly authorise: CommandBusOptions<unknown, unknown>['authorise']
  /** @throws UnsupportedError the store keeps events only */
  readonly idempotency: () => Idempotency<Transaction>
  readonly send: (command: Command, options: RouteOptions) => Promise<CommandResult>
}
