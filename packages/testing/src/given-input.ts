import type { EventSource } from '@eventfold/core'
import type { GivenEvent } from './given-event.ts'

interface GivenOutcome<Command extends string> {
  /** Where several of this name are waited for: the one that was sent to this, or for this. Default: the oldest. */
  readonly to?: string
  readonly as?: string
  /** Default: the time of the input before. */
  readonly at?: Date
  readonly command?: Command
}

/** An input of a saga: an event, the outcome of a command that it has sent, or a timer that fires. */
export type GivenInput<Source extends EventSource, Command extends string, TimerName extends string> =
  | GivenEvent<Source>
  | (GivenOutcome<Command> & { readonly done: Command; readonly value?: unknown })
  | (GivenOutcome<Command> & { readonly refused: Command; readonly code?: string; readonly message?: string })
  /** One attempt has failed; the saga tries again as long as the command says. */
  | (GivenOutcome<Command> & { readonly failed: Command; readonly message?: string })
  /** Its time was up. */
  | (GivenOutcome<Command> & { readonly timedOut: Command })
  | { readonly timer: TimerName; readonly at?: Date }
  | { readonly retried: true; readonly at?: Date }

/** An input without its types. */
export type AnyGivenInput = Readonly<Record<string, unknown>>
