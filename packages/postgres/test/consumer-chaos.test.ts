import { createDatabase } from '@eventfold/local-postgres'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { runChaos } from '../../testing/test/chaos/run-chaos.ts'
import { chaosSubject } from './chaos-subject.ts'

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
const again = `Run it again with CHAOS_SEED=${seed}`

test('[9] [10] [11] two processes, then four, that are killed, frozen, cut off and started again handle every event in order, and apply each exactly once', async () => {
  const database = await createDatabase(inject('postgresUrl'))
  const control = new pg.Pool({ connectionString: database.url, max: 1 })
  control.on('error', () => {})
  onTestFinished(async () => {
    await control.end()
    await database.drop()
  })
  const options = { seed, seconds: 2, instances: 4, joining: 2, leaseTime: 600 }
  const { violations, counts } = await runChaos(chaosSubject(database.url, control), options)
  expect(violations, again).toEqual([])
  expect(counts['acknowledged'], again).toBeGreaterThan(100)
  expect(counts['disconnected'], again).toBeGreaterThan(0)
}, 120_000)
