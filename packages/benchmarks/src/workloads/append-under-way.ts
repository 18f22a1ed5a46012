import { appendTo, BenchStreams, fill } from '../bench-stream.ts'
import { GrowingStreams } from '../growing-streams.ts'
import { underWay } from '../under-way.ts'
import { entrant, type Workload } from '../workload.ts'
import { streamLength } from './append-one.ts'

const width = 32

export const appendUnderWay: Workload = {
  name: 'append-32-under-way',
  does: 'append one event a call, 32 calls under way, to different streams of up to 50',
  unit: 'events',
  entrants: (store) =>
    store === 'memory'
      ? []
      : [entrant('Eventfold'), entrant('hand-written, grouped'), entrant('hand-written'), entrant('Emmett')],
  async prepare(store, { callsPerRound, storedBefore }) {
    const streams = new BenchStreams()
    await fill(store, streams.createMany(storedBefore / streamLength), streamLength)
    const growing = new GrowingStreams(streams, width, streamLength)
    const round = () => underWay(width, callsPerRound, (lane) => appendTo(store, growing.at(lane), 1))
    return { unitsPerRound: callsPerRound, round, streams }
  },
}
