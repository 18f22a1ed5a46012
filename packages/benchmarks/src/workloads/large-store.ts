import { appendTo, type BenchStream, BenchStreams, fill } from '../bench-stream.ts'
import type { ContenderName } from '../contender.ts'
import { pseudoRandom } from '../pseudo-random.ts'
import type { Counts, Entrant, Workload } from '../workload.ts'
import { streamLength } from './append-one.ts'

/** Streams are filled in parts, side by side, as they grow in reality. */
const part = 10
const sideBySide = 2000

export const largeStore: Workload = {
  name: 'large-store',
  does: 'append one event after another, each to any stream of the store',
  unit: 'events',
  entrants: (store, counts) =>
    store === 'memory' ? [] : [...sizes('Eventfold', counts), ...sizes('hand-written', counts)],
  async prepare(store, { callsPerRound, storedBefore }) {
    const streams = new BenchStreams()
    const filled = streams.createMany(storedBefore / streamLength)
    for (let start = 0; start < filled.length; start += sideBySide) {
      const growing = filled.slice(start, start + sideBySide)
      for (let length = 0; length < streamLength; length += part) await fill(store, growing, part)
    }
    const pick = picker(filled)
    const round = async () => {
      for (let call = 0; call < callsPerRound; call++) await appendTo(store, pick(), 1)
    }
    return { unitsPerRound: callsPerRound, round, streams }
  },
}

function sizes(contender: ContenderName, { storedBefore, storedBeforeLarge }: Counts): readonly Entrant[] {
  return [
    { label: `${contender}, small`, contender, storedBefore },
    { label: `${contender}, large`, contender, storedBefore: storedBeforeLarge },
  ]
}

function picker(streams: readonly BenchStream[]): () => BenchStream {
  const random = pseudoRandom()
  return () => streams[Math.floor(random() * streams.length)] as BenchStream
}
