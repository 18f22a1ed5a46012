import { missingPosition } from '../consumer/partition-positions.ts'
import { UnsupportedError } from '../errors.ts'
import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { advanceGeneration } from './advance-generation.ts'
import { type Building, type GenerationRecord, removeConsumer } from './generation-record.ts'
import type { Generations, LockedPartitions } from './generations.ts'
import { holdConsumer } from './hold-consumer.ts'
import { repartitionProjection } from './projection-consumer.ts'
import { RebuildCancelledError } from './projection-errors.ts'

/** What a try to switch found missing, if anything. */
export type SwitchResult =
  | { readonly done: true }
  /** The new generation has to reach this position first. */
  | { readonly done: false; readonly reach: number }
  /** Appends can carry one partition only. */
  | { readonly done: false; readonly repartition: true }

/** Longest piece of the log that is applied while appends wait, in events. */
const lastPiece = 200

/**
 * Makes a generation serve that a consumer builds, as soon as it is as far as the one before.
 *
 * @param catchUp resolves when the consumer has reached a position
 * @throws RebuildCancelledError it is neither being built nor serving
 */
export async function switchGeneration<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
  catchUp: (position: number) => Promise<void>,
  options: { readonly inline?: boolean } = {},
): Promise<void> {
  // A consumer stores a little later what it has only passed over.
  const backOff = new BackOff(1, 50)
  for (;;) {
    const result = await trySwitch(generations, generation, options)
    if (result.done) return
    if ('repartition' in result) await repartitionProjection(generations, generation)
    await catchUp('reach' in result ? result.reach : await generations.store.head())
    await sleep(backOff.next())
  }
}

/**
 * Switches in one transaction, if the generation is as far as the one before in every partition: no reader sees a
 * document go back, and none sees an empty collection.
 *
 * @throws RebuildCancelledError it is neither being built nor serving
 */
export async function trySwitch<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
  { inline = false }: { readonly inline?: boolean } = {},
): Promise<SwitchResult> {
  let result: SwitchResult = { done: true }
  const record = await generations.change(async (before, transaction) => {
    result = { done: true }
    if (before?.current.number === generation) return before
    const known = buildingOf(generations, before, generation).record
    const [old = [], next = []] = await generations.lockPartitions(
      [known.current.number, generation],
      transaction,
    )
    const isInline = inline || known.inline
    const reach = missing(old, next)
    if (isInline) result = await prepareInline(generations, generation, next, reach, transaction)
    else if (reach !== undefined) result = { done: false, reach }
    return result.done ? serve(generations, { ...known, inline: isInline }, transaction) : known
  })
  if (result.done) {
    generations.store.adapter.wakeUp()
    // What cannot be removed now, as while somebody reads it, is on the record, and is removed by the next start.
    await generations.removeRetired(record).catch(() => {})
  }
  return result
}

/** @throws RebuildCancelledError */
export function buildingOf<Transaction>(
  { name }: Generations<Transaction>,
  record: GenerationRecord | undefined,
  generation: number,
): { readonly record: GenerationRecord; readonly building: Building } {
  const building = record?.building
  if (record === undefined || building?.number !== generation) throw new RebuildCancelledError(name)
  return { record, building }
}

function missing(old: LockedPartitions, next: LockedPartitions): number | undefined {
  if (next.length === 0) return 0
  return missingPosition(
    old.map(({ state }) => state),
    next.map(({ state }) => state),
  )
}

/** Appends wait while this goes on, so what they have left for the consumer is done here, if it is little. */
async function prepareInline<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
  next: LockedPartitions,
  reach: number | undefined,
  transaction: Transaction,
): Promise<SwitchResult> {
  const [partition] = next
  if (partition === undefined) return { done: false, reach: 0 }
  if (next.length > 1 || partition.state.ahead.length > 0) return { done: false, repartition: true }
  await checkNothingHeld(generations, generation, transaction)
  if (reach !== undefined) {
    const piece = { before: reach + 1, limit: lastPiece }
    const { position } = await advanceGeneration(generations, generation, next, transaction, piece)
    if (position < reach) return { done: false, reach }
  }
  await holdConsumer(generations.consumer(generation), true, transaction)
  return { done: true }
}

/** @throws UnsupportedError events are parked, which appends cannot wait for */
export async function checkNothingHeld<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
  transaction: Transaction,
): Promise<void> {
  const { held } = generations.consumer(generation)
  if ((await generations.documents.count(held, [], transaction)) === 0) return
  throw new UnsupportedError(
    `Read model ${generations.name} has parked events, which appends cannot carry. Run it async, and retry or discard ` +
      'them.',
  )
}

/** The record once what was being built serves; whoever works for the one before is fenced. */
async function serve<Transaction>(
  generations: Generations<Transaction>,
  record: GenerationRecord,
  transaction: Transaction,
): Promise<GenerationRecord> {
  const { current, building } = record
  if (building === null) return record
  const { number, version } = building
  await generations.storage.publish(number, transaction)
  await removeConsumer(generations.consumer(current.number), transaction)
  return {
    ...record,
    current: { number, version },
    building: null,
    retired: [...record.retired, current.number],
  }
}
