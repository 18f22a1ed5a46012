import type { ClientBase, TransactionStatus } from 'pg'

/**
 * `I`: in no transaction, `T`: in one, `E`: in one in which a statement has failed. As of when all that was sent before
 * has been answered: pg rejects a query as soon as it hears of the error, and what that did to the transaction follows.
 * Undefined where the release of pg does not tell.
 */
export async function transactionStatus(client: ClientBase): Promise<TransactionStatus | undefined> {
  if (client.getTransactionStatus === undefined) return undefined
  // An empty statement, which no state of the transaction refuses.
  if ((client as { readonly readyForQuery?: boolean }).readyForQuery === false) await client.query(';')
  return client.getTransactionStatus() ?? undefined
}
