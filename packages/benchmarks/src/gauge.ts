import type { Place, StoreName } from './contender.ts'
import type { Size } from './counts.ts'

export const gaugeNames = ['latency', 'idle', 'backlog'] as const

export type GaugeName = (typeof gaugeNames)[number]

/** Something that counts in itself and not against others: a time, a share of a processor, memory. Of Eventfold only. */
export interface Gauge {
  readonly name: GaugeName
  /** One line for the report. */
  readonly does: string
  readonly stores: readonly StoreName[]
  /** @param place empty, and given back afterwards */
  measure(store: StoreName, place: Place, size: Size): Promise<readonly Figure[]>
}

/** One number. Less is better. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: 'ms' | 'MB' | '% of a core' | 'a second'
  /** Undefined: no bar; it is printed for context. */
  readonly atMost?: number
}
