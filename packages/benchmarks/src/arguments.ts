import { parseArgs } from 'node:util'
import type { ContenderName, StoreName } from './contender.ts'
import { type GaugeName, gaugeNames } from './gauge.ts'
import { type WorkloadName, workloadNames } from './workload.ts'

const storeNames: readonly StoreName[] = ['memory', 'sqlite', 'postgres']
const contenderNames: readonly ContenderName[] = [
  'Eventfold',
  'Eventfold, subscription',
  'hand-written, grouped',
  'hand-written',
  'Emmett',
  'Emmett, tuned',
  'castore',
]

export const usage: string = `pnpm bench [options]
  --store memory|sqlite|postgres   only this store
  --workload name[,name]           only these: ${[...workloadNames, ...gaugeNames].join(', ')}
  --contender name                 only this one, may be repeated: ${contenderNames.join(' | ')}
  --rounds n                       rounds that are measured (default 48, with --quick 12)
  --quick                          a quarter of the rounds and a tenth of the large store: for a first look
  --json FILE                      everything that was measured, as JSON
  --check                          exit code 1 if a bar is not met`

export interface Arguments {
  readonly stores: readonly StoreName[]
  readonly workloads: readonly WorkloadName[]
  readonly gauges: readonly GaugeName[]
  /** Undefined: all of them. */
  readonly contenders: readonly ContenderName[] | undefined
  readonly rounds: number
  readonly quick: boolean
  readonly json: string | undefined
  readonly check: boolean
}

/** @throws Error what is wrong with the arguments */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string' },
      workload: { type: 'string' },
      contender: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds ?? (values.quick ? 12 : 48))
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1')
  const names = pick('--workload', values.workload?.split(','), [...workloadNames, ...gaugeNames])
  return {
    stores: pick('--store', values.store?.split(','), storeNames),
    workloads: workloadNames.filter((name) => names.includes(name)),
    gauges: gaugeNames.filter((name) => names.includes(name)),
    contenders: values.contender && pick('--contender', values.contender, contenderNames),
    rounds,
    quick: values.quick,
    json: values.json,
    check: values.check,
  }
}

function pick<Name extends string>(
  option: string,
  given: readonly string[] | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (given === undefined) return known
  const unknown = given.find((name) => !known.some((other) => other === name))
  if (unknown !== undefined) throw new Error(`${option} ${unknown} is not one of ${known.join(' | ')}`)
  return known.filter((name) => given.includes(name))
}
