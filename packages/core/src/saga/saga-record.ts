import type { RecordedEvent } from '../event/event.ts'
import type { SentEntry } from './saga-entries.ts'

/** `early`: only events have come that do not start it. `stuck`: somebody has to retry or resolve it. */
export type SagaStatus = 'early' | 'running' | 'stuck' | 'completed' | 'failed'

/** What is stored of an instance. */
export interface SagaRecord<State = unknown> {
  readonly status: SagaStatus
  readonly state: State
  /** 1, and one more with each restart. */
  readonly run: number
  readonly correlationId: string
  /** Milliseconds since 1970, when the inputs were recorded. */
  readonly startedAt: number
  readonly updatedAt: number
  /** Timers that are set, by id. */
  readonly timers: Readonly<Record<string, SetTimer>>
  /** Commands without an outcome, by key, each as of its last attempt. */
  readonly waiting: Readonly<Record<string, SentEntry>>
  /** The command because of which it is stuck. */
  readonly stuckOn: (SentEntry & { readonly isCertain: boolean }) | null
  readonly reason: string | null
  /** Inputs that came too late, or twice, and were ignored. */
  readonly ignored: number
  /** Events that came before it began, and are handled then. */
  readonly early: readonly StoredInput[]
}

/** What a timer is for: one of the saga's own, or the next attempt or the end of the time of a command, by its key. */
export type SetTimer = { readonly due: number } & (
  | { readonly name: string }
  | { readonly retry: string }
  | { readonly timeout: string }
)

/** A recorded event as JSON. */
export type StoredInput = Omit<RecordedEvent, 'recordedAt'> & { readonly recordedAt: string }

export function hasEnded({ status }: Pick<SagaRecord, 'status'>): boolean {
  return status === 'completed' || status === 'failed'
}
