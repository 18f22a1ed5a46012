import { checkCount } from '../check-count.ts'
import type { EventStore } from '../store/event-store.ts'
import { consumerFindings } from './consumer-findings.ts'
import type { Finding, Inspection, Severity } from './finding.ts'
import { workFindings } from './work-findings.ts'

export interface DoctorOptions {
  /**
   * How long something may last before it is worth a word, in milliseconds: a lag, an overdue timer, an open transaction.
   * Default 60,000.
   */
  readonly patience?: number
  /** Whether to read all of the storage in search of damage, where the adapter can. Takes long. Default false. */
  readonly thorough?: boolean
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/**
 * Looks a store over: settings of the database that weaken a guarantee, what is missing or damaged, who holds up
 * readers, and how the consumers, sagas and timers are that are stored in it. Changes nothing. Errors come first.
 *
 * It takes some small queries for each consumer, so once a minute does no harm; with `thorough` it reads everything.
 *
 * @throws InvalidInputError `invalid-option`; StoreUnavailableError, StoreClosedError, StoreFailureError
 * @example
 * for (const { severity, message, advice } of await doctor(store)) console.log(severity, message, advice)
 */
export async function doctor<Transaction>(
  store: EventStore<Transaction>,
  options: DoctorOptions = {},
): Promise<readonly Finding[]> {
  const inspection: Inspection = {
    patience: checkCount(options.patience ?? 60_000, 'patience', 0),
    thorough: options.thorough ?? false,
  }
  const { adapter } = store
  const findings = [
    await logFinding(store),
    ...(await consumerFindings(adapter, inspection)),
    ...(await workFindings(store, inspection)),
    ...((await adapter.inspect?.(inspection)) ?? []),
  ]
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity])
}

async function logFinding<Transaction>({ adapter }: EventStore<Transaction>): Promise<Finding> {
  const position = await adapter.head()
  const { durable } = adapter.capabilities
  return {
    code: 'log',
    severity: 'info',
    message: `The log of this ${adapter.name} store has come to position ${position}.`,
    advice: durable ? 'Back it up.' : 'It ends with the process: use it for tests.',
    details: { position, adapter: adapter.name, durable },
  }
}
