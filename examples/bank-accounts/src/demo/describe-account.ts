import { type EventStore, repository } from '@eventfold/core'
import { formatTable } from '@eventfold/example-terminal'
import { Account } from '../account.ts'
import type { AccountSummary } from '../account-summary.ts'
import { eventDate } from '../event-date.ts'
import { formatMoney } from '../money.ts'
import type { StatementLine } from '../statement.ts'

const shownLines = 6

/** One account as a text: its summary, the end of its statement, and its state as it was. */
export async function describeAccount(
  store: EventStore,
  account: string,
  { summary, lines }: { summary: AccountSummary; lines: readonly StatementLine[] },
) {
  const { status, balance, overdraftLimit } = summary
  return [
    `Account ${account} is ${status}, has ${formatMoney(balance)} and a limit of ${formatMoney(overdraftLimit)}.`,
    `The last ${Math.min(shownLines, lines.length)} of ${lines.length} lines of its statement`,
    '',
    formatTable(lines.slice(-shownLines).map(toRow), ['version', 'amount', 'balance']),
    '',
    `Account ${account} through time`,
    '',
    formatTable(await throughTime(store, account, lines), ['version', 'balance', 'overdraft limit']),
  ].join('\n')
}

function toRow({ version, bookedOn, reference, amount, balance }: StatementLine) {
  return {
    version: String(version),
    'booked on': bookedOn,
    reference,
    amount: formatMoney(amount),
    balance: formatMoney(balance),
  }
}

async function throughTime(store: EventStore, account: string, lines: readonly StatementLine[]) {
  const accounts = repository(Account, store)
  const date = lines[Math.floor(lines.length / 2)]?.bookedOn ?? ''
  const version = lines[Math.floor(lines.length / 4)]?.version ?? 1
  const states = [
    ['now', await accounts.load(account)],
    [`on ${date}`, await accounts.load(account, { while: (event) => eventDate(event) <= date })],
    [`at version ${version}`, await accounts.load(account, { version })],
  ] as const
  return states.map(([when, { state, version }]) => ({
    state: when,
    version: String(version),
    balance: formatMoney(state.balance),
    'overdraft limit': formatMoney(state.overdraftLimit),
    status: state.status,
  }))
}
