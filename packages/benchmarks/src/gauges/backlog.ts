import { type CaughtUp, sampleInterval } from '../caught-up.ts'
import type { Place, StoreName } from '../contender.ts'
import type { Size } from '../counts.ts'
import { deposits } from '../deposit.ts'
import type { Gauge } from '../gauge.ts'
import { openEventfold } from '../open-eventfold.ts'
import { runProgram } from '../start-program.ts'

const counts: Readonly<Record<Size, number>> = { full: 2_000_000, quick: 200_000, tiny: 20_000 }
/** Events after which the process is as large as it should stay. */
const warmUp: Readonly<Record<Size, number>> = { full: 100_000, quick: 100_000, tiny: 10_000 }

const streamsPerAppend = 20
const eventsPerStream = 50

export const backlog: Gauge = {
  name: 'backlog',
  does: 'how much a process grows, after the first 100,000 events, while its consumer catches up',
  stores: ['sqlite', 'postgres'],
  async measure(store, place, size) {
    const count = counts[size]
    await fill(store, place, count)
    const result = (await runProgram('catch-up.ts', { ...place, store, count })) as CaughtUp
    if (result.handled !== count) throw new Error(`${result.handled} events were handled instead of ${count}`)
    const [warm = 0, ...later] = result.rss.filter((_, index) => (index + 1) * sampleInterval >= warmUp[size])
    const most = Math.max(warm, ...later)
    return [
      { what: 'memory of the process, at most', value: most / 2 ** 20, unit: 'MB' },
      { what: 'growth', value: (most - warm) / 2 ** 20, unit: 'MB', atMost: 50 },
    ]
  },
}

async function fill(store: StoreName, place: Place, count: number): Promise<void> {
  const opened = await openEventfold(store, place)
  const events = deposits(0, eventsPerStream)
  for (let stream = 0; stream * eventsPerStream < count; stream += streamsPerAppend) {
    const streams = Array.from({ length: streamsPerAppend }, (_, index) => `account-${stream + index}`)
    await opened.appendAll(streams.map((id) => ({ stream: id, events })))
  }
  await opened.close()
}
