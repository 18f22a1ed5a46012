import type { ConsumerRecord } from '../consumer/consumer-documents.ts'
import type { ParkedRecord } from '../consumer/parked-events.ts'
import { fastestPosition, positionOfKey } from '../consumer/partition-positions.ts'
import type { PartitionState } from '../consumer/partition-state.ts'
import { addTallies, emptyTally, type Tally, tallyEvent } from '../consumer/tally.ts'
import { tallyDeliveries } from '../consumer/tally-deliveries.ts'
import { documentsIn } from '../store/documents-in.ts'
import type { Generations } from './generations.ts'
import { scanDeliveries } from './scan-deliveries.ts'

/** Whether a read model has consumed every event up to its checkpoint. Events count once per key. */
export interface AuditReport {
  /** Whether the events of the log are those that were consumed: the same number, and the same sum of ids. */
  readonly complete: boolean
  /** Up to here the log was compared. */
  readonly position: number
  /** Events of the log for this projection. */
  readonly expected: number
  readonly handled: number
  /** Given up by the policy `skip`. */
  readonly skipped: number
  /** Given up by `discardParked`. */
  readonly discarded: number
  readonly parked: number
}

interface Consumed {
  readonly partitions: readonly PartitionState[]
  readonly handled: Tally
  readonly skipped: Tally
  readonly discarded: Tally
  readonly parked: Tally
}

/** Counts the events of the log, and compares with what was counted as they were consumed. */
export async function auditProjection<Transaction>(
  generations: Generations<Transaction>,
): Promise<AuditReport> {
  const { partitions, handled, skipped, discarded, parked } = await readConsumed(generations)
  let expected = emptyTally
  const position = fastestPosition(partitions)
  for await (const page of scanDeliveries(generations, 0, position)) {
    const passed = page.map(({ event, keys }) => {
      return { event, keys: keys.filter((key) => event.position <= positionOfKey(partitions, key)) }
    })
    expected = tallyDeliveries(expected, passed)
  }
  const found = [handled, skipped, discarded, parked].reduce(addTallies, emptyTally)
  return {
    complete: found.count === expected.count && found.digest === expected.digest,
    position,
    expected: expected.count,
    handled: handled.count,
    skipped: skipped.count,
    discarded: discarded.count,
    parked: parked.count,
  }
}

/** All at one moment: while the partitions are locked, nothing is consumed, parked or retried. */
async function readConsumed<Transaction>(generations: Generations<Transaction>): Promise<Consumed> {
  let consumed: Consumed = {
    partitions: [],
    handled: emptyTally,
    skipped: emptyTally,
    discarded: emptyTally,
    parked: emptyTally,
  }
  if ((await generations.read()) === undefined) return consumed
  await generations.change(async (before, transaction) => {
    const record = before as NonNullable<typeof before>
    const consumer = generations.consumer(record.current.number)
    const [locked = []] = await generations.lockPartitions([record.current.number], transaction)
    const partitions = locked.map(({ state }) => state)
    const [text] = await generations.documents.read([consumer.consumer], { transaction })
    const { discarded = emptyTally } = JSON.parse(text ?? '{}') as Partial<ConsumerRecord>
    consumed = {
      partitions,
      handled: partitions.map(({ handled }) => handled).reduce(addTallies, emptyTally),
      skipped: partitions.map(({ skipped }) => skipped).reduce(addTallies, emptyTally),
      discarded,
      parked: await tallyParked(generations, consumer.parked, transaction),
    }
    return record
  })
  return consumed
}

async function tallyParked<Transaction>(
  { documents }: Generations<Transaction>,
  collection: string,
  transaction: Transaction,
): Promise<Tally> {
  let tally = emptyTally
  for await (const { data } of documentsIn(documents, collection, { transaction })) {
    tally = tallyEvent(tally, (JSON.parse(data) as ParkedRecord).id)
  }
  return tally
}
