import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { type EventStoreFixture, registerEventStoreContract, topics } from '../src/contract/index.ts'
import { CollectingRunner } from './collecting-runner.ts'

const fixture: EventStoreFixture = { name: 'memory', createStorage: () => ({ open: openMemory }) }
const title = '[3] a stream is read backwards'

test('titles are unique, and begin with the number of a guarantee unless no guarantee is concerned', () => {
  const titles = topics.flatMap(({ cases }) => Object.keys(cases))
  expect(new Set(titles).size).toBe(titles.length)
  const plain = titles.filter((name) => !/^\[(1[0-4]|[1-9])\] /.test(name))
  expect(plain).toEqual([
    'bounds of a stream that cannot be are refused',
    'bounds of the log that cannot be are refused',
    'a filter that cannot be is refused',
  ])
})

test('a case with a reason to skip it is reported as skipped', async () => {
  const runner = new CollectingRunner()
  registerEventStoreContract(runner, { ...fixture, skip: { [title]: 'streams are one-way here' } })
  const outcomes = await runner.run((topic) => topic === 'read stream')
  expect(outcomes.filter(({ status }) => status === 'skipped').map((outcome) => outcome.title)).toEqual([
    title,
  ])
})

test('a skip without a reason, or of no case, is refused', () => {
  const register = (skip: Record<string, string>) => () => {
    registerEventStoreContract(new CollectingRunner(), { ...fixture, skip })
  }
  expect(register({ [title]: ' ' })).toThrow(`The skip of "${title}" has no reason.`)
  expect(register({ 'no such case': 'reason' })).toThrow('The contract has no case "no such case" to skip.')
})

test('the storage of a case is removed after its stores were closed, also where the case fails', async () => {
  const events: string[] = []
  const runner = new CollectingRunner()
  registerEventStoreContract(runner, {
    name: 'broken',
    createStorage: () => ({
      open(options) {
        const store = openMemory(options)
        store.append = () => Promise.reject(new Error('broken'))
        const close = store.adapter.close.bind(store.adapter)
        store.adapter.close = async () => {
          events.push('closed')
          await close()
        }
        return store
      },
      async remove() {
        events.push('removed')
      },
    }),
  })
  const [outcome] = await runner.run((topic) => topic === 'stream info')
  expect(outcome?.status).toBe('failed')
  expect(events.slice(0, 2)).toEqual(['closed', 'removed'])
})

test('it runs under node:test', async () => {
  const program = fileURLToPath(new URL('./node-test.fixture.ts', import.meta.url))
  const options = ['-C', '@eventfold/source', '--test', '--test-reporter=tap', program]
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const { stdout } = await promisify(execFile)(process.execPath, options, { env })
  const cases = topics.flatMap((topic) => Object.keys(topic.cases)).length
  expect(stdout).toMatch(new RegExp(`^# tests ${cases}$`, 'm'))
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(stdout).toMatch(/^# skipped [1-9]/m)
  expect(stdout).toContain('# SKIP capabilities.shared is false')
})
