import { type EventStore, isEventfoldError, type StoreUnavailableError } from '@eventfold/core'
import { poisonedStream } from './chain.ts'
import { type IntendedWrite, tell, type WriterParameters } from './chaos-parameters.ts'
import { persistently } from './chaos-program.ts'
import { Random } from './random.ts'

/** Appends until it is asked to stop, and tells before each append what it will be, and after it what became of it. */
export async function runWriters(
  { seed, writers, poisons }: WriterParameters,
  open: () => Promise<EventStore>,
  asked: Promise<void>,
): Promise<void> {
  let isOver = false
  void asked.then(() => {
    isOver = true
  })
  await tell({ kind: 'ready' })
  const write = async (number: number): Promise<void> => {
    const store = await persistently(open)
    const random = new Random(seed * 100 + number)
    for (let round = 1; !isOver; round++) {
      const isPoisonous = poisons && number === 0 && round === 20
      await append(store, isPoisonous ? [poisonousWrite(random)] : randomWrites(random))
      await new Promise((resolve) => setTimeout(resolve, random.below(8)))
    }
    await store.close()
  }
  await Promise.all(Array.from({ length: writers }, (_, number) => write(number)))
}

async function append(store: EventStore, writes: readonly IntendedWrite[]): Promise<void> {
  await tell({ kind: 'intent', writes })
  try {
    const results = await store.appendAll(writes)
    await tell({
      kind: 'stored',
      writes: results.map(({ version, position }, index) => ({
        ids: (writes[index] as IntendedWrite).events.map(({ id }) => id),
        version,
        position,
      })),
    })
  } catch (error) {
    if (!isEventfoldError(error)) throw error
    // Anything else was certainly not stored.
    const { outcome } = error as StoreUnavailableError
    if (outcome === 'unknown') return
    await tell({ kind: 'refused', ids: writes.flatMap(({ events }) => events.map(({ id }) => id)) })
  }
}

function poisonousWrite(random: Random): IntendedWrite {
  return { stream: poisonedStream, events: [{ id: random.uuid(), type: 'Poisoned', data: {} }] }
}

function randomWrites(random: Random): readonly IntendedWrite[] {
  const streams = random.chance(0.2) ? [randomStream(random), randomStream(random)] : [randomStream(random)]
  return [...new Set(streams)].map((stream) => {
    const size = random.chance(0.7) ? 1 : 1 + random.below(6)
    const events = Array.from({ length: size }, () => {
      // A group that is held back with the poisoned stream would hold back others.
      const hasGroup = stream !== poisonedStream && random.chance(0.4)
      return {
        id: random.uuid(),
        type: 'Noted',
        data: hasGroup ? { group: `group-${random.below(3)}` } : {},
      }
    })
    return { stream, events }
  })
}

function randomStream(random: Random): string {
  const number = random.below(13)
  return number === 0 ? poisonedStream : `journal-${number}`
}
