/** One row of a bank's statement. Money is in minor units. */
export interface Booking {
  /** Line of the statement. */
  readonly line: number
  /** The bank's reference, of which there is one. */
  readonly reference: string
  readonly account: string
  /** ISO date. */
  readonly bookedOn: string
  readonly kind: 'credit' | 'debit'
  readonly amount: number
  /** What the bank says the account holds after this booking. */
  readonly bankBalance: number
}

/** What the booking does to the balance. */
export function signedAmount({ kind, amount }: Pick<Booking, 'kind' | 'amount'>) {
  return kind === 'credit' ? amount : -amount
}
