import { expect, test } from 'vitest'
import { runChaos } from '../../testing/test/chaos/run-chaos.ts'
import { chaosSubject } from './chaos-subject.ts'
import { temporaryFile } from './temporary-file.ts'

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
const again = `Run it again with CHAOS_SEED=${seed}`

test('[9] [10] [11] two processes, then four, that are killed, frozen and started again handle every event in order, and apply each exactly once', async () => {
  const options = { seed, seconds: 2, instances: 4, joining: 2, leaseTime: 600 }
  const { violations, counts } = await runChaos(chaosSubject(temporaryFile()), options)
  expect(violations, again).toEqual([])
  expect(counts['acknowledged'], again).toBeGreaterThan(100)
}, 120_000)

test('processes without a fence are found out', async () => {
  // Two owners have to meet in one batch. On a busy machine that may take another round.
  for (let round = 0; round < 8; round++) {
    const options = {
      seed: seed + round,
      seconds: 1.5 + round,
      instances: 2,
      leaseTime: 60,
      isUnfenced: true,
    }
    const { violations } = await runChaos(chaosSubject(temporaryFile()), options)
    if (violations.length > 0) return
  }
  expect.fail(`nobody noticed. ${again}`)
}, 120_000)
