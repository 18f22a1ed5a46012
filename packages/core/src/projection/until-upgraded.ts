import type { WaitOptions } from '../consumer/consumer.ts'
import { ConsumerFailedError, WaitTimeoutError } from '../consumer/consumer-errors.ts'
import { slowestPosition } from '../consumer/partition-positions.ts'
import { untilTrue } from '../consumer/until-true.ts'
import { generationName } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { ProjectionSupersededError } from './projection-errors.ts'
import type { Upkeep } from './upkeep.ts'

/**
 * Resolves when the version of this definition serves.
 *
 * @throws WaitTimeoutError, ConsumerFailedError, ProjectionSupersededError, and why this instance has ended by itself
 */
export async function untilUpgraded<Transaction>(
  generations: Generations<Transaction>,
  upkeep: Upkeep<Transaction>,
  { timeout = 60_000, signal }: Pick<WaitOptions, 'timeout' | 'signal'>,
): Promise<void> {
  const { name, store, storage } = generations
  const look = async () => {
    if (upkeep.error !== undefined) throw upkeep.error
    const { current, building } = (await generations.read()) ?? {}
    if (current !== undefined && current.version > storage.version) {
      throw new ProjectionSupersededError(name, storage.version, current.version)
    }
    if (current?.version === storage.version) return true
    if (building?.version === storage.version) await checkIsBuilding(generations, upkeep, building.number)
    return false
  }
  if (await untilTrue(store.adapter, look, { timeout, ...(signal !== undefined && { signal }) })) return
  const building = (await generations.read())?.building
  const partitions = building ? await generations.readPartitions(building.number) : []
  throw new WaitTimeoutError(
    building ? generationName(name, building.number) : name,
    await store.head(),
    slowestPosition(partitions),
    timeout,
    building ? `version ${storage.version} is still being built` : 'nobody builds it',
  )
}

/** @throws ConsumerFailedError */
async function checkIsBuilding<Transaction>(
  generations: Generations<Transaction>,
  upkeep: Upkeep<Transaction>,
  generation: number,
): Promise<void> {
  const name = generationName(generations.name, generation)
  const cause = upkeep.failureOf(generation)
  if (cause !== undefined) {
    throw new ConsumerFailedError(name, cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const partitions = await generations.readPartitions(generation)
  const failed = partitions.find((partition) => partition.failed !== null)?.failed
  if (failed) throw new ConsumerFailedError(name, failed.message)
}
