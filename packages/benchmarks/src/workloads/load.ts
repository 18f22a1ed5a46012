import { type BenchStream, BenchStreams, fill } from '../bench-stream.ts'
import { entrant, type Workload } from '../workload.ts'

/** Streams of 1,000 events grow by so many at a time, in turn with the other half of the store. */
const chunk = 100

function load(name: 'load-20' | 'load-1000', length: number): Workload {
  return {
    name,
    does: `load and fold a stream of ${length.toLocaleString('en')} events, one after another`,
    unit: 'loads',
    entrants: (store) => {
      if (store === 'memory') return [entrant('Eventfold'), entrant('castore')]
      return name === 'load-20' ? [] : [entrant('Eventfold'), entrant('hand-written'), entrant('Emmett')]
    },
    async prepare(store, { callsPerRound, storedBefore }) {
      const streams = new BenchStreams()
      const loaded = streams.createMany(Math.max(1, storedBefore / 2 / length))
      const others = streams.createMany(storedBefore / 2 / 50)
      const steps = Math.ceil(length / chunk)
      for (let step = 0; step < steps; step++) {
        await fill(store, loaded, length / steps)
        await fill(store, others, 50 / steps)
      }
      const round = async () => {
        for (let call = 0; call < callsPerRound; call++) {
          const stream = loaded[call % loaded.length] as BenchStream
          const { version } = await store.load(stream.id)
          if (version !== length) throw new Error(`${stream.id} is at version ${version}, not ${length}`)
        }
      }
      return { unitsPerRound: callsPerRound, round, streams }
    },
  }
}

/** The same, where the state is kept: the rounds to warm up see to that. */
export const loadKept: Workload = {
  ...load('load-1000', 1000),
  name: 'load-1000-kept',
  does: 'load streams of 1,000 events, from the first one on, from a snapshot, and from a state in mind',
  entrants: (store) =>
    store === 'memory'
      ? []
      : [
          { label: 'Eventfold, snapshots', contender: 'Eventfold', keeps: 'snapshots' },
          { label: 'Eventfold, states in mind', contender: 'Eventfold', keeps: 'states' },
          { label: 'Eventfold, all events', contender: 'Eventfold' },
        ],
  async prepare(store, counts, entrant) {
    if (entrant.keeps !== undefined) store.keep?.(entrant.keeps)
    return load('load-1000', 1000).prepare(store, counts, entrant)
  },
}

export const loadTwenty: Workload = load('load-20', 20)
export const loadThousand: Workload = load('load-1000', 1000)
