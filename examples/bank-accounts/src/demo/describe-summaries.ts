import { count, formatTable } from '@eventfold/example-terminal'
import { formatMoney } from '../money.ts'
import type { Summaries } from '../read-models.ts'

const shownAccounts = 4

/** The accounts with the largest balances, as a text. */
export async function describeSummaries(summaries: Summaries) {
  const largest = await summaries.find({}, { orderBy: 'balance', backwards: true, limit: shownAccounts })
  const overdrawn = await summaries.count({ balance: { to: -1 } })
  return [
    `The largest balances of ${count(await summaries.count())} accounts, of which ${count(overdrawn)} overdrawn`,
    '',
    formatTable(
      largest.documents.map(({ key, document }) => ({
        account: key,
        balance: formatMoney(document.balance),
        bookings: String(document.bookings),
        first: document.firstBookedOn ?? '',
        last: document.lastBookedOn ?? '',
        status: document.status,
      })),
      ['balance', 'bookings'],
    ),
  ].join('\n')
}
