import type { EventStore } from '@eventfold/core'
import { accountHistory } from './account-history.ts'
import type { StatementLine, Statements } from './statement.ts'

/** Statements on any store, without a read model: folded from the events of an account whenever it is asked for. */
export function liveStatements(store: EventStore): Statements {
  return {
    readModel: undefined,
    async linesOf(account) {
      const lines: StatementLine[] = []
      for await (const { event, state } of accountHistory(store, account)) {
        if (event.type !== 'MoneyDeposited' && event.type !== 'MoneyWithdrawn') continue
        const { amount, bookedOn, reference } = event.data
        lines.push({
          version: event.version,
          bookedOn,
          reference,
          amount: event.type === 'MoneyDeposited' ? amount : -amount,
          balance: state.balance,
        })
      }
      return lines
    },
  }
}
