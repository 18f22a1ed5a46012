import { appendTo, BenchStreams, fill } from '../bench-stream.ts'
import { GrowingStreams } from '../growing-streams.ts'
import { entrant, type Workload } from '../workload.ts'

/** Length of the streams that single events are appended to. */
export const streamLength = 50

export const appendOne: Workload = {
  name: 'append-1',
  does: 'append one event after another, to streams of up to 50',
  unit: 'events',
  entrants: (store) =>
    store === 'memory'
      ? [entrant('Eventfold'), entrant('castore')]
      : [entrant('Eventfold'), entrant('hand-written'), entrant('Emmett')],
  async prepare(store, { callsPerRound, storedBefore }) {
    const streams = new BenchStreams()
    await fill(store, streams.createMany(storedBefore / streamLength), streamLength)
    const growing = new GrowingStreams(streams, 50, streamLength)
    const round = async () => {
      for (let call = 0; call < callsPerRound; call++) await appendTo(store, growing.next(), 1)
    }
    return { unitsPerRound: callsPerRound, round, streams }
  },
}
