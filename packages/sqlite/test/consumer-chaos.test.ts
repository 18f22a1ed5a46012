import { expect, test } from 'vitest'
import { runChaos } from '../../testing/test/chaos/run-chaos.ts'
import { chaosSubject } from './chaos-subject.ts'
import { temporaryFile } from './temporary-file.ts'

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
const again = `Run it again with CHAOS_SEED=${seed}`

test.each([
  [2, 1.5],
  [4, 3],
])(
  '[9] [10] [11] %i processes that are killed, frozen and started again handle every event in order, and apply each exactly once',
  async (instances, seconds) => {
    const options = { seed, seconds, instances, leaseTime: 600 }
    const { violations, counts } = await runChaos(chaosSubject(temporaryFile()), options)
    expect(violations, again).toEqual([])
    expect(counts['acknowledged'], again).toBeGreaterThan(100)
  },
  120_000,
)

test('processes without a fence are found out', async () => {
  const options = { seed, seconds: 1.5, instances: 2, leaseTime: 300, isUnfenced: true }
  const { violations } = await runChaos(chaosSubject(temporaryFile()), options)
  expect(violations, again).not.toEqual([])
}, 120_000)
