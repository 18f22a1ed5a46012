import { isDeepStrictEqual } from 'node:util'
import { type BenchStream, BenchStreams, fill } from '../bench-stream.ts'
import type { Projected } from '../contender.ts'
import { pseudoRandom } from '../pseudo-random.ts'
import { entrant, type Workload } from '../workload.ts'

const eventsPerStream = 20

export const project: Workload = {
  name: 'project',
  does: 'build a read model from the log, exactly once: each event changes one document of thousands',
  unit: 'events',
  hasLongRounds: true,
  entrants: (store) => (store === 'memory' ? [] : [entrant('Eventfold'), entrant('hand-written')]),
  async prepare(store, { storedBefore }) {
    const streams = new BenchStreams()
    const filled = streams.createMany(storedBefore / eventsPerStream)
    // As far apart as can be: an event of every stream, in another order each time.
    for (let time = 0; time < eventsPerStream; time++) await fill(store, shuffled(filled), 1)
    const cents = filled.reduce((sum, stream) => sum + stream.cents, 0)
    const expected: Projected = { documents: filled.length, deposits: streams.storedEvents, cents }
    let sumUp: (() => Promise<Projected>) | undefined
    const round = async () => {
      sumUp = await store.project?.()
    }
    const settle = async () => {
      const built = await sumUp?.()
      if (isDeepStrictEqual(built, expected)) return
      throw new Error(`The read model is ${JSON.stringify(built)} instead of ${JSON.stringify(expected)}`)
    }
    return { unitsPerRound: streams.storedEvents, round, settle, streams }
  },
}

const random = pseudoRandom()

function shuffled(streams: readonly BenchStream[]): readonly BenchStream[] {
  const places = new Map(streams.map((stream) => [stream, random()]))
  return streams.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
}
