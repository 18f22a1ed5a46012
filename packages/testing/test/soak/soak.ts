// node -C @eventfold/source packages/testing/test/soak/soak.ts --store postgres --seconds 60 --instances 4 --seed 1

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ChaosSubject, runChaos } from '../chaos/run-chaos.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'postgres' },
    seconds: { type: 'string', default: '60' },
    instances: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    lease: { type: 'string', default: '800' },
    crash: { type: 'boolean', default: false },
    unfenced: { type: 'boolean', default: false },
  },
})
const [seed, seconds, instances, leaseTime] = [
  values.seed,
  values.seconds,
  values.instances,
  values.lease,
].map(Number) as [number, number, number, number]
console.log(`${values.store}, seed ${seed}, ${seconds} s, ${instances} instances, lease ${leaseTime} ms`)

async function sqlite(): Promise<readonly [ChaosSubject, () => Promise<void>]> {
  const { chaosSubject } = await import('../../../sqlite/test/chaos-subject.ts')
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-chaos-'))
  return [chaosSubject(join(folder, 'events.db')), () => rm(folder, { recursive: true })]
}

async function postgres(): Promise<readonly [ChaosSubject, () => Promise<void>]> {
  const { localChaosSubject } = await import('../../../postgres/test/local-chaos-subject.ts')
  return localChaosSubject()
}

const [subject, remove] = await (values.store === 'sqlite' ? sqlite() : postgres())
const { violations, counts } = await runChaos(subject, {
  seed,
  seconds,
  instances,
  leaseTime,
  crashes: values.crash,
  isUnfenced: values.unfenced,
})
await remove()
console.table(counts)
console.log(violations.length === 0 ? 'no violation' : violations.join('\n'))
process.exitCode = violations.length === 0 ? 0 : 1
