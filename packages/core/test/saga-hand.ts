import type { RecordedEvent } from '@eventfold/core'
import type { SagaRecord } from '../src/saga/saga-record.ts'
import type { SagaRules } from '../src/saga/saga-rules.ts'
import type { SagaAdvance } from '../src/saga/saga-turn.ts'

export const start: number = new Date('2026-01-01T00:00:00Z').getTime()

/** One instance of a saga named `move` that is handed its inputs, as a store would give them: one each 100 ms. */
export class SagaHand {
  readonly #rules: SagaRules
  record: SagaRecord | undefined
  advance: SagaAdvance | undefined
  #position = 0

  constructor(rules: SagaRules) {
    this.#rules = rules
  }

  /** An event of a transfer, or of its own stream; `id` is that of a timer that fires. */
  give(type: string, data: unknown = {}, id?: string): this {
    this.#position++
    const event: RecordedEvent = {
      id: id ?? `00000000-0000-4000-8000-${String(this.#position).padStart(12, '0')}`,
      stream: type.startsWith('Transfer') ? 'transfer-7' : 'saga:move-7',
      version: this.#position,
      position: this.#position,
      type,
      schemaVersion: 1,
      data,
      metadata: {},
      tags: [],
      recordedAt: new Date(start + this.#position * 100),
    }
    this.advance = this.#rules.advance('7', this.record, event)
    this.record = this.advance?.record ?? this.record
    return this
  }

  /** The outcome of the command that is waited for. */
  outcome(type: 'CommandDone' | 'CommandRefused' | 'CommandFailed'): this {
    const [sent] = Object.values(this.record?.waiting ?? {})
    const error = { name: 'Error', message: 'no' }
    return this.give(type, {
      key: sent?.key,
      attempt: sent?.attempt,
      ...(type !== 'CommandDone' && { error }),
    })
  }

  /** The timer of this kind fires: one of the saga's own has a name. */
  fire(kind: 'name' | 'retry' | 'timeout'): this {
    const timer = Object.entries(this.record?.timers ?? {}).find(([, each]) => kind in each)
    return this.give('TimerFired', {}, timer?.[0])
  }

  /** Types of what the last input has recorded. */
  get entries(): readonly string[] {
    return this.advance?.entries.map(({ type }) => type) ?? []
  }

  /** Commands that the last input has sent. */
  get sent(): readonly string[] {
    const entries = this.advance?.entries.filter(({ type }) => type === 'CommandSent') ?? []
    return entries
      .map(({ data }) => data as { readonly command: string; readonly to: string })
      .map(({ command, to }) => `${command} ${to}`)
  }
}
