import type { Ordering } from './001/ordering.ts'

/** One step of the schema. Once released it never changes: a correction is a further step. */
export interface Migration {
  /** 1, 2, 3 … */
  readonly number: number
  readonly name: string
  /** Runs in one transaction with the steps before it. */
  readonly sql: (schema: string, ordering: Ordering) => string
}
