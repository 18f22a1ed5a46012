import { type Codec, EventStore, type RecordedEvent } from '@eventfold/core'
import { Probe } from './probe.ts'
import { ProbedAdapter, type ProbedStorage } from './probed-adapter.ts'
import { RunningInstance } from './running-instance.ts'
import type { FaultPoint, Schedule } from './schedule.ts'
import type { InstanceOptions, Subject, World } from './subject.ts'

/** Opens a store on a new, empty storage. */
export type OpenStorage = () => EventStore | Promise<EventStore>

export interface RunSettings {
  readonly open: OpenStorage
  /** How long one instance may take, in milliseconds. */
  readonly patience: number
  /** Names of the calls that have been seen to be asynchronous. */
  readonly asynchronous: Set<string>
}

/** What came of a schedule. */
export type RunResult = {
  /** Of the instance that the fault struck, and of the one that took over, if there was one. */
  readonly probes: readonly [Probe, ...Probe[]]
} & ({ readonly outcome: unknown } | { readonly error: unknown })

const leaseTime = 60_000

/** Runs a subject from the beginning to the end of its events, on a storage of its own, with one fault at most. */
export async function runSchedule(
  subject: Subject,
  { point, batchSize, partitions }: Schedule,
  settings: RunSettings,
): Promise<RunResult> {
  const options = { batchSize, partitions }
  const probe = new Probe(settings.asynchronous, point === 'repeat' ? undefined : point)
  const probes: [Probe, ...Probe[]] = [probe]
  const storages: EventStore[] = []
  const begin = async () => {
    const store = await openWithEvents(subject.events, settings.open)
    storages.push(store)
    return store
  }
  try {
    const store = await begin()
    const world = subject.createWorld(store)
    const storage = { adapter: store.adapter, times: timesOf(subject.events), ahead: 0 }
    const run = new ScheduleRun(world, store.codec, settings, options)
    const takeOver = await run.first(storage, probe, point === 'repeat' ? undefined : point)
    if (takeOver !== undefined) probes.push(takeOver)
    if (point === 'repeat') {
      const again = await begin()
      const second = new Probe(settings.asynchronous)
      probes.push(second)
      await run.first({ ...storage, adapter: again.adapter }, second, undefined)
    }
    return { probes, outcome: await world.observe() }
  } catch (error) {
    return { probes, error }
  } finally {
    for (const store of storages) await store.close()
  }
}

class ScheduleRun {
  readonly #world: World
  readonly #codec: Codec
  readonly #settings: RunSettings
  readonly #options: Pick<InstanceOptions, 'batchSize' | 'partitions'>

  constructor(
    world: World,
    codec: Codec,
    settings: RunSettings,
    options: Pick<InstanceOptions, 'batchSize' | 'partitions'>,
  ) {
    this.#world = world
    this.#codec = codec
    this.#settings = settings
    this.#options = options
  }

  /** Runs to the end. Gives the probe of a second instance, where there had to be one. */
  async first(
    storage: ProbedStorage,
    probe: Probe,
    point: FaultPoint | undefined,
  ): Promise<Probe | undefined> {
    const instance = this.#begin(storage, probe)
    let second: Probe | undefined
    try {
      if (point === undefined || point.fault === 'fail') {
        await instance.finish()
      } else {
        await Promise.race([probe.struck, instance.finish()])
        if (probe.hasStruck) second = await this.#takeOver(storage, instance, point)
        if (point.fault === 'pause') {
          probe.release()
          await instance.finish()
        }
      }
    } finally {
      probe.release()
      await instance.stop()
    }
    return second
  }

  /** Another instance does the rest, as soon as the lease of the first has run out. */
  async #takeOver(storage: ProbedStorage, first: RunningInstance, { fault }: FaultPoint): Promise<Probe> {
    if (fault === 'crash') await first.stop()
    storage.ahead += 2 * leaseTime
    const probe = new Probe(this.#settings.asynchronous)
    const instance = this.#begin(storage, probe)
    try {
      await instance.finish()
    } finally {
      await instance.stop()
    }
    return probe
  }

  #begin(storage: ProbedStorage, probe: Probe): RunningInstance {
    const store = new EventStore(new ProbedAdapter(storage, probe), { codec: this.#codec })
    return new RunningInstance(storage.adapter, this.#settings.patience, (onStateChange) => {
      return this.#world.createInstance(store, probe, {
        ...this.#options,
        pollInterval: 50,
        batchInterval: 0,
        retry: { attempts: 3, firstPause: 0, longestPause: 0 },
        random: () => 0.5,
        leaseTime,
        stopTimeout: 1_000,
        onStateChange,
      })
    })
  }
}

async function openWithEvents(events: readonly RecordedEvent[], open: OpenStorage): Promise<EventStore> {
  const store = await open()
  for (const { stream, type, data, id, metadata, tags } of events) {
    await store.append(stream, [{ type, data, id, metadata, tags }])
  }
  return store
}

function timesOf(events: readonly RecordedEvent[]): ReadonlyMap<string, number> {
  return new Map(events.map(({ id, recordedAt }) => [id, recordedAt.getTime()]))
}
