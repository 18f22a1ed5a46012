import { appendTo, BenchStreams, fill } from '../bench-stream.ts'
import { GrowingStreams } from '../growing-streams.ts'
import { entrant, type Workload } from '../workload.ts'
import { streamLength } from './append-one.ts'

const eventsPerCall = 100

export const appendHundred: Workload = {
  name: 'append-100',
  does: 'append 100 events a call, to streams of up to 200',
  unit: 'events',
  entrants: (store) =>
    store === 'memory'
      ? [entrant('Eventfold'), entrant('castore')]
      : [entrant('Eventfold'), entrant('hand-written'), entrant('Emmett')],
  async prepare(store, { callsPerRound, storedBefore }) {
    const streams = new BenchStreams()
    await fill(store, streams.createMany(storedBefore / streamLength), streamLength)
    const growing = new GrowingStreams(streams, 10, 2 * eventsPerCall)
    const round = async () => {
      for (let call = 0; call < callsPerRound; call++) await appendTo(store, growing.next(), eventsPerCall)
    }
    return { unitsPerRound: callsPerRound * eventsPerCall, round, streams }
  },
}
