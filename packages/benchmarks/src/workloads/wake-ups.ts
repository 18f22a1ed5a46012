import { appendTo, BenchStreams, fill } from '../bench-stream.ts'
import { GrowingStreams } from '../growing-streams.ts'
import { underWay } from '../under-way.ts'
import type { Workload } from '../workload.ts'
import { streamLength } from './append-one.ts'

const readers = 4

function wakeUpsOf(name: 'wake-ups-1' | 'wake-ups-32', width: number): Workload {
  const how = width === 1 ? 'one after another' : `one a call, ${width} calls under way`
  return {
    name,
    does: `append events, ${how}, while ${readers} consumers in the same process are woken: for nothing, or to handle them`,
    unit: 'events',
    entrants: (store) =>
      store === 'memory'
        ? []
        : [
            { label: 'Eventfold, consumers woken', contender: 'Eventfold', readers: 'none' },
            { label: 'Eventfold, consumers at work', contender: 'Eventfold', readers: 'all' },
            { label: 'Eventfold, alone', contender: 'Eventfold' },
          ],
    async prepare(store, { callsPerRound, storedBefore }, entrant) {
      const streams = new BenchStreams()
      await fill(store, streams.createMany(storedBefore / streamLength), streamLength)
      const growing = new GrowingStreams(streams, Math.max(width, 10), streamLength)
      const settle =
        entrant.readers === undefined ? undefined : await store.follow?.(readers, entrant.readers)
      const round = () =>
        underWay(width, callsPerRound, (lane) =>
          appendTo(store, width === 1 ? growing.next() : growing.at(lane), 1),
        )
      return { unitsPerRound: callsPerRound, round, streams, ...(settle && { settle }) }
    },
  }
}

export const wakeUps: Workload = wakeUpsOf('wake-ups-1', 1)
export const wakeUpsUnderWay: Workload = wakeUpsOf('wake-ups-32', 32)
