import type { FieldRange } from '@eventfold/core/adapter'
import type { DocumentCollection } from './document-collection.ts'

export function equals(field: string, value: string): FieldRange {
  return { field, from: value, to: value }
}

/** Accounts a to f: two owners, cents with ties, and one without any field. */
export async function fillAccounts(accounts: DocumentCollection): Promise<void> {
  const rows: [key: string, owner: string, cents: string][] = [
    ['c', 'ada', '100'],
    ['a', 'bob', '200'],
    ['e', 'ada', '200'],
    ['b', 'ada', '300'],
    ['d', 'bob', '100'],
  ]
  await accounts.putAll(
    rows.map(([key, owner, cents]) => ({ key, data: `${key}!`, fields: { owner, cents } })),
  )
  await accounts.put('f', 'f!')
}
