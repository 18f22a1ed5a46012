import { type EventStore, repository } from '@eventfold/core'
import { Account, type AccountEvent, type AccountState } from '../account.ts'
import { accountHistory } from '../account-history.ts'
import { eventDate } from '../event-date.ts'
import { formatMoney } from '../money.ts'
import { formatTable } from './format-table.ts'

const shownEvents = 8

/** One account as a text: its last events, its state now, and its state as it was. */
export async function describeAccount(store: EventStore, account: string) {
  const history: { event: AccountEvent; state: AccountState }[] = []
  for await (const step of accountHistory(store, account)) history.push(step)
  const middle = history[Math.floor(history.length / 2)]
  const date = middle ? eventDate(middle.event) : ''
  const version = Math.floor(history.length / 4)
  const accounts = repository(Account, store)
  const states = [
    ['now', await accounts.load(account)],
    [`on ${date}`, await accounts.load(account, { while: (event) => eventDate(event) <= date })],
    [`at version ${version}`, await accounts.load(account, { version })],
  ] as const
  return [
    `Account ${account}, the last ${Math.min(shownEvents, history.length)} of ${history.length} events`,
    '',
    formatTable(history.slice(-shownEvents).map(toRow), ['version', 'amount', 'balance']),
    '',
    `Account ${account} through time`,
    '',
    formatTable(
      states.map(([when, { state, version }]) => ({
        state: when,
        version: String(version),
        balance: formatMoney(state.balance),
        'overdraft limit': formatMoney(state.overdraftLimit),
        status: state.status,
      })),
      ['version', 'balance', 'overdraft limit'],
    ),
  ].join('\n')
}

function toRow({ event, state }: { event: AccountEvent; state: AccountState }) {
  return {
    version: String(event.version),
    'booked on': eventDate(event),
    ...describeEvent(event),
    balance: formatMoney(state.balance),
    'recorded at (UTC)': event.recordedAt.toISOString().slice(0, -5).replace('T', ' '),
  }
}

function describeEvent({ type, data }: AccountEvent) {
  switch (type) {
    case 'AccountOpened':
      return { what: 'opened', amount: '' }
    case 'MoneyDeposited':
      return { what: 'deposited', amount: formatMoney(data.amount) }
    case 'MoneyWithdrawn':
      return { what: 'withdrawn', amount: formatMoney(-data.amount) }
    case 'OverdraftLimitChanged':
      return { what: 'limit changed', amount: '' }
    case 'AccountClosed':
      return { what: 'closed', amount: '' }
  }
}
