import { type BenchStream, BenchStreams, fill } from '../bench-stream.ts'
import { underWay } from '../under-way.ts'
import { entrant, type Workload } from '../workload.ts'

/** A stream is used this often, so that it has 20 events on average. */
const usesPerStream = 5
const firstLength = 18

function command(name: 'command-1' | 'command-8', width: number): Workload {
  const how = width === 1 ? 'one after another' : `${width} at once on different streams`
  return {
    name,
    does: `load 20 events, decide, append 1; ${how}`,
    unit: 'commands',
    entrants: (store) => {
      if (store === 'memory') return []
      const single = [entrant('Eventfold'), entrant('hand-written'), entrant('Emmett')]
      return width === 1 ? single : [...single, entrant('hand-written, grouped')]
    },
    async prepare(store, { callsPerRound, rounds }) {
      const streams = new BenchStreams()
      const perLane = Math.ceil((callsPerRound * rounds) / usesPerStream / width)
      const lanes = Array.from({ length: width }, () => ({ streams: streams.createMany(perLane), calls: 0 }))
      await fill(store, streams.all, firstLength)
      const one = async (number: number) => {
        const lane = lanes[number] as (typeof lanes)[number]
        const stream = lane.streams[lane.calls++ % perLane] as BenchStream
        const event = stream.nextEvent()
        await store.command(stream.id, event)
        stream.stored([event])
      }
      const round = () => underWay(width, callsPerRound, one)
      return { unitsPerRound: callsPerRound, round, streams }
    },
  }
}

export const commandOne: Workload = command('command-1', 1)
export const commandEight: Workload = command('command-8', 8)
