import { defineStepSaga } from '@eventfold/core'
import { Account } from './account.ts'
import { Transfer } from './transfer.ts'

/**
 * Moves money between two accounts: out of one, into the other, and back where the other does not take it. Each booking
 * has a reference of the transfer, so that the account makes it once.
 */
export const MoneyTransfer = defineStepSaga('moneyTransfer', {
  of: [Transfer],
  sends: [Account, Transfer],
  startedBy: ['TransferRequested'],
  data: ({ data }, transfer) => ({ ...data, transfer }),
  steps: [
    {
      name: 'request',
      compensation: ({ transfer }) => ({ command: 'transfer.fail', to: transfer, input: {} }),
    },
    {
      name: 'withdraw',
      action: ({ transfer, from, amount, requestedOn }) => ({
        command: 'account.withdraw',
        to: from,
        input: { amount, bookedOn: requestedOn, reference: `transfer ${transfer} out` },
      }),
      compensation: ({ transfer, from, amount, requestedOn }) => ({
        command: 'account.deposit',
        to: from,
        input: { amount, bookedOn: requestedOn, reference: `transfer ${transfer} back` },
      }),
    },
    {
      name: 'deposit',
      action: ({ transfer, to, amount, requestedOn }) => ({
        command: 'account.deposit',
        to,
        input: { amount, bookedOn: requestedOn, reference: `transfer ${transfer} in` },
      }),
    },
    {
      name: 'complete',
      action: ({ transfer }) => ({ command: 'transfer.complete', to: transfer, input: {} }),
    },
  ],
})
