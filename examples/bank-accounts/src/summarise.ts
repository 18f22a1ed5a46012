import type { AccountComparison } from './reconcile.ts'

/** What a comparison comes to. Only accounts whose rows are complete can be held against the bank's balance. */
export function summarise(comparisons: readonly AccountComparison[]) {
  const complete = comparisons.filter(({ chains }) => chains)
  const incomplete = comparisons.filter(({ chains }) => !chains)
  return {
    bookings: sum(comparisons.map(({ bookings }) => bookings)),
    missing: sum(comparisons.map(({ missing }) => missing.length)),
    accounts: comparisons.length,
    /** Accounts that chain from 0 to their last row. */
    chaining: complete.length,
    /** Of these, accounts that end on the bank's balance exactly. */
    exact: complete.filter(({ difference }) => difference === 0).length,
    /** How far the others end from it at most. */
    largestDifference: Math.max(0, ...complete.map(({ difference }) => Math.abs(difference))),
    /** Accounts that do not chain. */
    incomplete: incomplete.map(({ account }) => account),
  }
}

function sum(counts: readonly number[]) {
  return counts.reduce((total, count) => total + count, 0)
}
