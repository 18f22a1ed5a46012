import { writeFile } from 'node:fs/promises'
import { type Arguments, parseArguments, usage } from './arguments.ts'
import { describeConfiguration } from './configuration.ts'
import { contendersOf } from './contenders.ts'
import { countsOf } from './counts.ts'
import { Places } from './places.ts'
import { formatComparisons, formatReport } from './report.ts'
import { judge, type Result } from './result.ts'
import { measure } from './runner.ts'
import { workloads } from './workloads.ts'

async function run({ stores, workloads: names, contenders: only, rounds, quick }: Arguments) {
  const places = new Places()
  const results: Result[] = []
  try {
    for (const store of stores) {
      const all = await contendersOf(store, true)
      const contenders = all.filter(({ name }) => only === undefined || only.includes(name))
      for (const workload of workloads.filter(({ name }) => names.includes(name))) {
        const counts = countsOf(store, workload.name, quick ? 'quick' : 'full', rounds)
        const measured = await measure(workload, store, contenders, places, counts)
        if (measured.length === 0) continue
        const result = judge(store, workload, counts, measured)
        results.push(result)
        console.error(`${formatComparisons([result])}\n`)
      }
    }
  } finally {
    await places.close()
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
const results = await run(options)
const configuration = {
  ...(await describeConfiguration()),
  run: `${options.rounds} rounds, ${Math.round((performance.now() - started) / 1000)} s in all`,
}
console.log(formatReport(results, configuration))
if (options.json !== undefined) {
  await writeFile(options.json, `${JSON.stringify({ configuration, results }, undefined, 2)}\n`)
}
const missed = results.some(({ comparisons }) => comparisons.some(({ met }) => met === false))
if (options.check && missed) process.exitCode = 1
