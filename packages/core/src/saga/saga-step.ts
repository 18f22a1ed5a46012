import type { CommandOf, CommandTarget } from '../command/command.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { CommandRetry, DoneCommand, SagaContext } from './saga-effects.ts'

/** One step of a saga of steps: a command that is carried out, or an event that is waited for. */
export interface SagaStep<Event extends RecordedEvent, Data, Target extends CommandTarget> {
  /** Of its own; without a slash. */
  readonly name: string
  /** The command of the step; undefined: there is nothing to do, and nothing to undo. */
  readonly action?: (data: Data, context: SagaContext) => CommandOf<Target> | undefined
  /** What the data is after the command. Default: as it is. */
  readonly done?: (data: Data, done: DoneCommand<Target>, context: SagaContext) => Data
  /**
   * Instead of `action`: the events of which one is waited for, with what the data is after it. One that comes before
   * its step is reached counts when it is reached; one that comes when the saga has turned back already is undone.
   */
  readonly awaits?: {
    readonly [Type in Event['type']]?: (data: Data, event: Extract<Event, RecordedEvent<Type>>) => Data
  }
  /**
   * The command that undoes the step, when the saga turns back; undefined: there is nothing to undo. It must also be
   * right where the step has failed without a certain answer, so that it may have had no effect at all.
   */
  readonly compensation?: (data: Data, context: SagaContext) => CommandOf<Target> | undefined
  /** How often the command is tried. */
  readonly retry?: CommandRetry
  /** The same for what undoes it. Default: 10 attempts, from 1 second to 5 minutes apart. */
  readonly compensationRetry?: CommandRetry
  /** How long the step may take in all, in milliseconds; then it has failed. Default: as long as it takes. */
  readonly timeout?: number
  /** Whether the saga goes on when the step fails; it is only recorded then. Default false. */
  readonly optional?: boolean
}
