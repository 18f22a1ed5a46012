import type { Generations } from './generations.ts'

/** How far a rebuild is. */
export interface RebuildProgress {
  /** How much of the log has been read, in positions: those of events that the projection does not handle included. */
  readonly done: number
  /** The end of the log, in positions. It grows while appends go on. */
  readonly total: number
  /** How many events have been handled, once per key, since the rebuild began. */
  readonly handled: number
  /** Positions per second, since this call began. */
  readonly rate: number
  /** Milliseconds until the end is reached at this rate; undefined before there is one. */
  readonly remaining: number | undefined
}

/** Measures from now on. */
export async function measureProgress<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
): Promise<() => Promise<RebuildProgress>> {
  const began = performance.now()
  const { done: before } = await measureBuild(generations, generation)
  return async () => {
    const { done, handled } = await measureBuild(generations, generation)
    const total = Math.max(done, await generations.store.head())
    const seconds = (performance.now() - began) / 1_000
    const rate = seconds > 0 ? (done - before) / seconds : 0
    return { done, total, handled, rate, remaining: rate > 0 ? ((total - done) / rate) * 1_000 : undefined }
  }
}

/** How far a build is by what is stored, whether somebody works on it or not. */
export async function measureBuild<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
): Promise<Pick<RebuildProgress, 'done' | 'handled'>> {
  const partitions = await generations.readPartitions(generation)
  const positions = partitions.reduce((sum, { position }) => sum + position, 0)
  return {
    done: partitions.length === 0 ? 0 : Math.floor(positions / partitions.length),
    handled: partitions.reduce((sum, { handled }) => sum + handled.count, 0),
  }
}
