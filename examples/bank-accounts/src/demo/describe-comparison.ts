import { count } from '@eventfold/example-terminal'
import { formatMoney } from '../money.ts'
import type { AccountComparison } from '../reconcile.ts'
import { summarise } from '../summarise.ts'

const shownAccounts = 3

/** The comparison as a text. */
export function describeComparison(comparisons: readonly AccountComparison[]) {
  const { accounts, chaining, exact, largestDifference, incomplete, missing } = summarise(comparisons)
  const lines = [
    'Compared with the bank’s own balances, booking by booking',
    '',
    `  ${count(chaining)} of ${count(accounts)} accounts chain from 0.00 to their last row. Of these,`,
    `  ${count(exact)} end on the bank’s balance, the others within ${formatMoney(largestDifference)}, for the`,
    '  bank rounds what it prints to 0.10.',
  ]
  if (incomplete.length > 0) {
    const shown = incomplete.slice(0, shownAccounts).join(', ')
    const more = incomplete.length > shownAccounts ? ' …' : ''
    lines.push(
      `  ${count(incomplete.length)} cannot be compared, as the statement lacks rows: ${shown}${more}`,
    )
  }
  if (missing > 0) lines.push(`  ${count(missing)} bookings are not in the store!`)
  return lines.join('\n')
}
