import type { SagaRecord, SagaStatus } from './saga-record.ts'

/** An instance of a saga, as it was stored last. */
export interface SagaInstance<State> {
  readonly key: string
  readonly status: SagaStatus
  readonly state: State
  /** 1, and one more with each restart. */
  readonly run: number
  readonly startedAt: Date
  /** When the last input was recorded that it has handled. */
  readonly updatedAt: Date
  /** Its timers that are set, by name. */
  readonly timers: Readonly<Record<string, Date>>
  /** Commands that have no outcome yet. */
  readonly waiting: readonly WaitingFor[]
  /** Why it is stuck, or has ended. */
  readonly reason: string | undefined
  /** How many inputs came too late, or twice, and were ignored. */
  readonly ignored: number
}

export interface WaitingFor {
  readonly command: string
  readonly to: string | undefined
  readonly as: string | undefined
  readonly attempt: number
}

export function toInstance<State>(key: string, record: SagaRecord): SagaInstance<State> {
  const { status, state, run, startedAt, updatedAt, reason, ignored } = record
  const named = Object.values(record.timers).flatMap((timer) =>
    'name' in timer ? [[timer.name, new Date(timer.due)] as const] : [],
  )
  return {
    key,
    status,
    state: state as State,
    run,
    startedAt: new Date(startedAt),
    updatedAt: new Date(updatedAt),
    timers: Object.fromEntries(named),
    waiting: Object.values(record.waiting).map(({ command, to, as, attempt }) => ({
      command,
      to,
      as,
      attempt,
    })),
    reason: reason ?? undefined,
    ignored,
  }
}
