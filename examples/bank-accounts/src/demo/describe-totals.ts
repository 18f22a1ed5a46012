import { count, formatTable } from '@eventfold/example-terminal'
import { formatMoney } from '../money.ts'
import type { Totals } from '../read-models.ts'

const shownMonths = 4

/** The last months, and the busiest day of the last one, as a text. */
export async function describeTotals(totals: Totals) {
  const last = { orderBy: 'date', backwards: true, limit: shownMonths } as const
  const months = (await totals.find({ period: 'month' }, last)).documents.toReversed()
  const month = months.at(-1)?.key
  const date = { from: `${month}-01`, to: `${month}-31` }
  const days = (await totals.find({ period: 'day', date })).documents.map(({ key, document }) => ({
    day: key,
    bookings: document.deposits + document.withdrawals,
  }))
  const busiest = days.toSorted((a, b) => b.bookings - a.bookings)[0]
  return [
    'All accounts together, by month',
    '',
    formatTable(
      months.map(({ key, document }) => ({
        month: key,
        deposits: count(document.deposits),
        deposited: formatMoney(document.deposited),
        withdrawals: count(document.withdrawals),
        withdrawn: formatMoney(document.withdrawn),
      })),
      ['deposits', 'deposited', 'withdrawals', 'withdrawn'],
    ),
    '',
    `  ${month} has bookings on ${days.length} days, and most on ${busiest?.day}: ${busiest?.bookings}`,
  ].join('\n')
}
