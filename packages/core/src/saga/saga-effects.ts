import type { Command, CommandTarget } from '../command/command.ts'
import type { CommandValues } from '../command/command-values.ts'

/** At a time, or so many milliseconds after the input that set it was recorded. */
export type TimerDue = Date | { readonly after: number }

/** How often a command is tried, where it fails without being refused. Each pause is twice as long as the one before. */
export interface CommandRetry {
  /** In all. Default 5. */
  readonly attempts?: number
  /** In milliseconds. Default 1,000. */
  readonly firstPause?: number
  /** In milliseconds. Default 60,000. */
  readonly longestPause?: number
}

/** A command that a saga sends, and what else may be said of it. */
export type SagaCommand<Sent extends Command = Command> = Sent & {
  /** What it is for, handed back with its outcome: to tell a payment from a refund. */
  readonly as?: string
  readonly retry?: CommandRetry
  /**
   * How long the saga waits for the outcome, over all attempts, in milliseconds. Then it counts as failed, although it
   * may have had its effect, or have it still. Default: as long as it takes.
   */
  readonly timeout?: number
}

/** What a handler of a saga wants: everything is stored in one step with the input that was handled, or nothing is. */
export interface SagaEffects<State, Sent extends Command = Command, TimerName extends string = string> {
  /** The next state. Default: as it is. */
  readonly state?: State
  /** Sent in this order, one after another. */
  readonly send?: readonly SagaCommand<Sent>[]
  /** Sets timers; one that is set already is set anew. */
  readonly set?: { readonly [Name in TimerName]?: TimerDue }
  /** Timers that must not fire any more. */
  readonly cancel?: readonly TimerName[]
  /** Ends the instance: its timers are cancelled, and later inputs ignored. */
  readonly end?: 'completed' | 'failed'
  /** Lists the instance as stuck until somebody retries or resolves it, with this as the reason. */
  readonly stuck?: string
  /** Why it has ended. */
  readonly reason?: string
}

interface OutcomeOf {
  /** As `to` of the command. */
  readonly to: string | undefined
  /** As `as` of the command. */
  readonly as: string | undefined
}

/** A command that was carried out. Told apart by `command`. */
export type DoneCommand<Target extends CommandTarget> = {
  [Name in keyof CommandValues<Target> & string]: OutcomeOf & {
    readonly command: Name
    /** What the handler of a service has returned. */
    readonly value: CommandValues<Target>[Name]
    /** Of an aggregate. */
    readonly stream: string | undefined
    readonly version: number | undefined
    readonly position: number | undefined
  }
}[keyof CommandValues<Target> & string]

/** A command that was not carried out, or of which that is not certain. */
export interface RefusedCommand<Name extends string = string> extends OutcomeOf {
  readonly command: Name
  readonly input: unknown
  readonly error: CommandFailure
  /**
   * Whether it has certainly had no effect, because it was refused. False where all attempts have failed, or its time
   * was up: then it may have had its effect, and what undoes it must be sent as well.
   */
  readonly isCertain: boolean
}

/** An error, as an event holds it. */
export interface CommandFailure {
  readonly name: string
  readonly message: string
  readonly code?: string
}

/** What a handler of a saga gets besides state and input. */
export interface SagaContext {
  /** Key of the instance. */
  readonly key: string
  /** When the input was recorded: the time to reckon with, since it is the same whenever the input is handled. */
  readonly now: Date
  /** The same for everything that belongs to this instance. */
  readonly correlationId: string
}
