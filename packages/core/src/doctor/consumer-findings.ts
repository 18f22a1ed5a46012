import { ConsumerDocuments, type ConsumerRecord } from '../consumer/consumer-documents.ts'
import type { PartitionState } from '../consumer/partition-state.ts'
import { verifyHistory } from '../consumer/verify-history.ts'
import { isEventfoldError } from '../errors.ts'
import type { DocumentAdapter } from '../store/document-adapter.ts'
import { documentsIn } from '../store/documents-in.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import type { Finding, Inspection } from './finding.ts'

/** Every consumer that has ever started on the store, by what is stored of it. */
export async function consumerFindings<Transaction>(
  adapter: StoreAdapter<Transaction>,
  inspection: Inspection,
): Promise<readonly Finding[]> {
  const { documents } = adapter
  if (documents === undefined) return []
  const now = await adapter.now()
  const findings: Finding[] = []
  for await (const { key, data } of documentsIn(documents, 'eventfold:consumers')) {
    const record = JSON.parse(data) as ConsumerRecord
    const look = new ConsumerLook(adapter, documents, key)
    findings.push(...(await look.findings(record, now, inspection)))
  }
  return findings
}

/** A look at one consumer. */
class ConsumerLook<Transaction> {
  readonly #adapter: StoreAdapter<Transaction>
  readonly #documents: ConsumerDocuments<Transaction>
  readonly #consumer: string

  constructor(adapter: StoreAdapter<Transaction>, documents: DocumentAdapter<Transaction>, consumer: string) {
    this.#adapter = adapter
    this.#documents = new ConsumerDocuments(documents, consumer)
    this.#consumer = consumer
  }

  async findings(record: ConsumerRecord, now: number, { patience }: Inspection): Promise<readonly Finding[]> {
    const partitions = (await this.#documents.allPartitions()).map(({ state }) => state)
    const failed = partitions.flatMap((state) => this.#failed(state))
    const diverged = (await Promise.all(partitions.map((state) => this.#diverged(state)))).flat()
    const lag = await this.#lag(partitions, now)
    const parked = await this.#documents.adapter.count(this.#documents.parked, [])
    const instances = await this.#documents.allInstances()
    const isAlive = instances.some(({ state }) => state.until > now)
    return [
      ...failed,
      ...diverged,
      ...(record.paused ? [this.#paused(lag)] : []),
      ...(isAlive || record.paused ? [] : [this.#idle(lag)]),
      ...(lag.seconds * 1000 > patience ? [this.#behind(lag)] : []),
      ...(parked > 0 ? [this.#parked(parked)] : []),
    ]
  }

  #failed({ index, failed, position }: PartitionState): Finding[] {
    if (failed === null) return []
    return [
      {
        code: 'consumer-failed',
        severity: 'error',
        message: `Consumer ${this.#consumer} has stopped: ${failed.name}: ${failed.message}`,
        advice: 'Repair the cause, then start the consumer again, or resume it.',
        details: {
          consumer: this.#consumer,
          partition: index,
          position,
          event: failed.position ?? null,
          at: new Date(failed.at).toISOString(),
        },
      },
    ]
  }

  async #diverged(state: PartitionState): Promise<Finding[]> {
    try {
      await verifyHistory(this.#adapter, this.#consumer, state, new AbortController().signal)
      return []
    } catch (error) {
      if (!isEventfoldError(error, 'history-diverged')) throw error
      return [
        {
          code: 'history-diverged',
          severity: 'error',
          message: error.message,
          advice: 'Restore events and documents from the same backup, or rebuild under a new name.',
          details: { consumer: this.#consumer, partition: state.index, position: error.position },
        },
      ]
    }
  }

  #paused(lag: Lag): Finding {
    return {
      code: 'consumer-paused',
      severity: 'warning',
      message: `Consumer ${this.#consumer} is paused, ${lag.positions} positions behind.`,
      advice: 'Call resume on it when the reason is gone.',
      details: { consumer: this.#consumer, ...lag },
    }
  }

  #idle(lag: Lag): Finding {
    return {
      code: 'consumer-idle',
      severity: 'warning',
      message: `No instance of consumer ${this.#consumer} is alive; it is ${lag.positions} positions behind.`,
      advice: 'Start it.',
      details: { consumer: this.#consumer, ...lag },
    }
  }

  #behind(lag: Lag): Finding {
    return {
      code: 'consumer-behind',
      severity: 'warning',
      message:
        `Consumer ${this.#consumer} is ${lag.positions} positions behind; the oldest event that it has not ` +
        `processed is ${Math.round(lag.seconds)} seconds old.`,
      advice: 'If that grows, look at its status and errors; more partitions, and instances, share the work.',
      details: { consumer: this.#consumer, ...lag },
    }
  }

  #parked(count: number): Finding {
    return {
      code: 'events-parked',
      severity: 'warning',
      message: `Consumer ${this.#consumer} has parked ${count} events; those of the same keys are held back.`,
      advice: 'Look at parked(), repair the cause, then call retryParked() or discardParked().',
      details: { consumer: this.#consumer, parked: count },
    }
  }

  async #lag(partitions: readonly PartitionState[], now: number): Promise<Lag> {
    const head = await this.#adapter.head()
    const position = Math.min(head, ...partitions.map((state) => state.position))
    if (position === head) return { positions: 0, seconds: 0 }
    const query = { after: position, before: Number.MAX_SAFE_INTEGER, backwards: false, limit: 1, filter: {} }
    const [oldest] = (await this.#adapter.readLog(query)).events
    const seconds = oldest === undefined ? 0 : Math.max(0, now - oldest.recordedAt) / 1000
    return { positions: head - position, seconds }
  }
}

interface Lag {
  readonly positions: number
  readonly seconds: number
}
