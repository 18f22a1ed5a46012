import type { BenchStream } from './bench-stream.ts'
import { collectYoungGarbage } from './collect-garbage.ts'
import type { BenchmarkStore, Contender, Loaded, Settings, StoreName } from './contender.ts'
import type { OwnPlace, Places } from './places.ts'
import type { Counts, Entrant, Session, Workload } from './workload.ts'

/**
 * Not measured. A fresh file of SQLite is slower until its write-ahead log has grown to its size once, by some 2,500
 * commits: from then on it is overwritten, and each sync writes less.
 */
const warmUpRounds = 14

/** What was measured of one entrant. */
export interface Measured {
  readonly label: string
  readonly settings: Settings
  /** Units of work in a second, by round. */
  readonly speeds: readonly number[]
  /** Events in the store at the end. */
  readonly storedEvents: number
}

interface Running {
  readonly label: string
  readonly place: OwnPlace
  readonly store: BenchmarkStore
  readonly session: Session
  readonly speeds: number[]
}

/**
 * Measures all entrants side by side: in each round each of them does the same work, in another order than the round
 * before. Afterwards every store is checked for what it should hold.
 *
 * @param counts with the rounds that are measured
 */
export async function measure(
  workload: Workload,
  store: StoreName,
  contenders: readonly Contender[],
  places: Places,
  counts: Counts,
  warmUp: number = workload.hasLongRounds ? 2 : warmUpRounds,
): Promise<readonly Measured[]> {
  const withWarmUp = { ...counts, rounds: counts.rounds + warmUp }
  const running: Running[] = []
  try {
    for (const entrant of workload.entrants(store, counts)) {
      const contender = contenders.find(({ name }) => name === entrant.contender)
      if (contender === undefined) continue
      running.push(await start(workload, store, entrant, contender, places, withWarmUp))
    }
    for (let round = 0; round < withWarmUp.rounds; round++) {
      for (const entrant of orderOf(running, round)) {
        const speed = await timeRound(entrant.session)
        if (round >= warmUp) entrant.speeds.push(speed)
      }
    }
    return await Promise.all(running.map(finish))
  } finally {
    for (const { store, place } of running) {
      await store.close()
      await place.remove()
    }
  }
}

async function start(
  workload: Workload,
  store: StoreName,
  entrant: Entrant,
  contender: Contender,
  places: Places,
  counts: Counts,
): Promise<Running> {
  const place = await places.create(store)
  try {
    const opened = await contender.open(place)
    const storedBefore = entrant.storedBefore ?? counts.storedBefore
    const session = await workload.prepare(opened, { ...counts, storedBefore }, entrant)
    return { label: entrant.label, place, store: opened, session, speeds: [] }
  } catch (error) {
    await place.remove()
    throw new Error(`${contender.name} cannot start ${workload.name} on ${store}`, { cause: error })
  }
}

/** Another one first in each round; every second turn the other way round, so that followers change too. */
function orderOf<Item>(items: readonly Item[], round: number): readonly Item[] {
  const first = round % items.length
  const rotated = [...items.slice(first), ...items.slice(0, first)]
  return Math.floor(round / items.length) % 2 === 0 ? rotated : rotated.reverse()
}

async function timeRound({ round, settle, unitsPerRound }: Session): Promise<number> {
  collectYoungGarbage()
  const start = performance.now()
  await round()
  const seconds = (performance.now() - start) / 1000
  await settle?.()
  return unitsPerRound / seconds
}

async function finish({ label, store, session, speeds }: Running): Promise<Measured> {
  const settings = await store.settings()
  const storedEvents = await store.countEvents()
  const expected = session.streams.storedEvents
  if (storedEvents !== expected) {
    throw new Error(`${label} holds ${storedEvents} events instead of ${expected}`)
  }
  for (const stream of sample(session.streams.all)) check(label, stream, await store.load(stream.id))
  return { label, settings, speeds, storedEvents }
}

function check(label: string, stream: BenchStream, { version, balance }: Loaded): void {
  if (version === stream.version && balance.deposits === version && balance.cents === stream.cents) return
  const found = `${balance.deposits} deposits of ${balance.cents} cents at version ${version}`
  throw new Error(
    `${label} has ${found} in ${stream.id} instead of ${stream.version} of ${stream.cents} cents`,
  )
}

/** Fifty streams at most, from the first to the last. */
function sample(streams: readonly BenchStream[]): readonly BenchStream[] {
  const step = Math.max(1, Math.floor(streams.length / 50))
  return streams.filter((_, index) => index % step === 0 || index === streams.length - 1)
}
