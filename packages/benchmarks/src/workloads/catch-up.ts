import { BenchStreams, fill } from '../bench-stream.ts'
import { type Counts, type Entrant, entrant, type Workload } from '../workload.ts'
import { streamLength } from './append-one.ts'

/** Emmett would take minutes for as many events as the others read. It gets a fiftieth. */
const smallerForEmmett = 50
const leastForEmmett = 200

export const catchUp: Workload = {
  name: 'catch-up',
  does: 'read the log from the beginning, a page at a time, with a handler that sums up',
  unit: 'events',
  hasLongRounds: true,
  entrants: (store, counts) =>
    store === 'memory'
      ? []
      : [
          entrant('Eventfold'),
          entrant('Eventfold, subscription'),
          entrant('hand-written'),
          emmett('Emmett', counts),
          emmett('Emmett, tuned', counts),
        ],
  async prepare(store, { storedBefore }) {
    const streams = new BenchStreams()
    await fill(store, streams.createMany(storedBefore / streamLength), streamLength)
    const events = streams.storedEvents
    const cents = streams.all.reduce((sum, stream) => sum + stream.cents, 0)
    let stop: (() => Promise<void>) | undefined
    const settle = async () => stop?.()
    const round = async () => {
      const reader = await store.catchUp?.(events)
      stop = reader?.stop
      const seen = reader?.seen
      if (seen?.deposits === events && seen.cents === cents) return
      throw new Error(
        `Saw ${seen?.deposits} deposits of ${seen?.cents} cents instead of ${events} of ${cents}`,
      )
    }
    return { unitsPerRound: events, round, settle, streams }
  },
}

function emmett(contender: 'Emmett' | 'Emmett, tuned', { storedBefore }: Counts): Entrant {
  return {
    label: contender,
    contender,
    storedBefore: Math.max(leastForEmmett, storedBefore / smallerForEmmett),
  }
}
