import type { StoredReadModel } from '@eventfold/core'

/** A booking as a bank prints it. Money is in minor units. */
export interface StatementLine {
  /** Version of the event in the stream of the account. */
  readonly version: number
  /** ISO date. */
  readonly bookedOn: string
  readonly reference: string
  /** Negative for a withdrawal. */
  readonly amount: number
  /** What the account holds after this booking. */
  readonly balance: number
}

/** Where statements are read. */
export interface Statements {
  /** What keeps the lines up to date; undefined where they are folded when they are asked for. */
  readonly readModel: StoredReadModel<unknown> | undefined
  /** The lines of an account, one for each booking, in order. */
  linesOf(account: string): Promise<readonly StatementLine[]>
}
