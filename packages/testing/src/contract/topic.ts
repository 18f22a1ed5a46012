import type { CaseContext } from './case-context.ts'

/** Rejects where the store breaks the guarantee of its title. */
export type ContractCase = (context: CaseContext) => Promise<void>

/** The cases on one subject, by title. `[2]` in a title is the number of the guarantee that it proves. */
export interface Topic {
  readonly name: string
  readonly cases: Readonly<Record<string, ContractCase>>
}
