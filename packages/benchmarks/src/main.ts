import { writeFile } from 'node:fs/promises'
import { type Arguments, parseArguments, usage } from './arguments.ts'
import { describeConfiguration } from './configuration.ts'
import { contendersOf } from './contenders.ts'
import { countsOf } from './counts.ts'
import { gauges } from './gauges.ts'
import { Places } from './places.ts'
import { formatComparisons, formatFigures, formatReport } from './report.ts'
import { type GaugeResult, judge, judgeGauge, misses, type Result } from './result.ts'
import { measure } from './runner.ts'
import { workloads } from './workloads.ts'

async function compare(
  places: Places,
  { stores, workloads: names, contenders: only, rounds, quick }: Arguments,
): Promise<readonly Result[]> {
  const results: Result[] = []
  if (names.length === 0) return results
  for (const store of stores) {
    const all = await contendersOf(store, true)
    const contenders = all.filter(({ name }) => only === undefined || only.includes(name))
    for (const workload of workloads.filter(({ name }) => names.includes(name))) {
      const ownRounds = workload.hasLongRounds ? Math.ceil(rounds / 4) : rounds
      const counts = countsOf(store, workload.name, quick ? 'quick' : 'full', ownRounds)
      const measured = await measure(workload, store, contenders, places, counts)
      if (measured.length === 0) continue
      const result = judge(store, workload, counts, measured)
      results.push(result)
      console.error(`${formatComparisons([result])}\n`)
    }
  }
  return results
}

/** Only Eventfold is gauged. */
async function gauge(
  places: Places,
  { stores, gauges: names, contenders, quick }: Arguments,
): Promise<readonly GaugeResult[]> {
  const results: GaugeResult[] = []
  if (contenders?.includes('Eventfold') === false) return results
  for (const store of stores) {
    for (const one of gauges.filter((each) => names.includes(each.name) && each.stores.includes(store))) {
      const place = await places.create(store)
      try {
        const result = judgeGauge(store, one, await one.measure(store, place, quick ? 'quick' : 'full'))
        results.push(result)
        console.error(`${formatFigures([result])}\n`)
      } finally {
        await place.remove()
      }
    }
  }
  return results
}

function readArguments(): Arguments {
  try {
    return parseArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

const options = readArguments()
const started = performance.now()
const places = new Places()
try {
  const results = await compare(places, options)
  const gauged = await gauge(places, options)
  const configuration = {
    ...(await describeConfiguration()),
    run: `${options.rounds} rounds, ${Math.round((performance.now() - started) / 1000)} s in all`,
  }
  console.log(formatReport(results, gauged, configuration))
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ configuration, results, gauged }, undefined, 2)}\n`)
  }
  if (options.check && misses(results, gauged)) process.exitCode = 1
} finally {
  await places.close()
}
