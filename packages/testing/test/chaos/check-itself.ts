import type { ChaosLedger } from './chaos-ledger.ts'
import type { ChaosReaders } from './chaos-readers.ts'

/** The read model's own proofs must find nothing, at any time. */
export async function checkItself({ model }: ChaosReaders, ledger: ChaosLedger): Promise<void> {
  const audit = await model.audit()
  if (!audit.complete) ledger.violation(`the audit finds ${JSON.stringify(audit)}`)
  const { differences } = await model.check({ all: true })
  if (differences.length > 0) ledger.violation(`the check finds ${JSON.stringify(differences.slice(0, 3))}`)
}
