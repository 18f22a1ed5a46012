import { categoryOf } from '../event/stream-id.ts'
import type { CommandFailure, CommandRetry } from './saga-effects.ts'

/** What is recorded in the stream of an instance: its history, the commands that are to be sent, and what becomes of them. */
export interface SagaEntries {
  /** The instance has begun, by this event. */
  readonly SagaStarted: { readonly type: string; readonly position: number }
  /** A command is to be sent. The first attempt has the id of its event as key. */
  readonly CommandSent: SentEntry
  readonly CommandDone: OutcomeEntry & {
    readonly value?: unknown
    readonly stream?: string
    readonly version?: number
    readonly position?: number
  }
  /** It was refused for good, and has had no effect. */
  readonly CommandRefused: OutcomeEntry & { readonly error: CommandFailure }
  /** An attempt has failed. It may have had its effect. */
  readonly CommandFailed: OutcomeEntry & { readonly error: CommandFailure }
  readonly TimerSet: { readonly name: string; readonly due: string }
  readonly TimerCancelled: { readonly name: string }
  readonly TimerFired: { readonly name: string }
  readonly SagaStuck: { readonly reason: string }
  /** Somebody has asked for another attempt. */
  readonly SagaRetried: { readonly note?: string }
  /** Somebody has decided how it ends. */
  readonly SagaResolved: { readonly as: 'completed' | 'failed'; readonly note?: string }
  readonly SagaEnded: { readonly as: 'completed' | 'failed'; readonly reason?: string }
}

/** A command as it is stored. */
export interface SentEntry {
  /** Idempotency key: the same for all attempts. */
  readonly key: string
  /** 1 for the first. */
  readonly attempt: number
  readonly command: string
  readonly to?: string
  readonly input?: unknown
  readonly as?: string
  readonly retry?: CommandRetry
}

interface OutcomeEntry {
  readonly key: string
  readonly attempt: number
}

/** Those that the saga handles; the others tell what it has done. */
const inputs: ReadonlySet<string> = new Set([
  'CommandDone',
  'CommandRefused',
  'CommandFailed',
  'TimerFired',
  'SagaRetried',
  'SagaResolved',
] satisfies readonly (keyof SagaEntries)[])

export const sagaInputTypes: readonly string[] = [...inputs]

/** Category of the streams of a saga. The colon keeps it apart from those of aggregates. */
export function sagaCategory(name: string): string {
  return `saga:${name}`
}

/** Whether an event of the log is an input that this saga, or somebody who looks after it, has recorded itself. */
export function isOwnInput(
  category: string,
  event: { readonly stream: string; readonly type: string },
): boolean {
  return inputs.has(event.type) && categoryOf(event.stream) === category
}
