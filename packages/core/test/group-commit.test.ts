import { GroupCommit, type Settled } from '@eventfold/core/adapter'
import { expect, test } from 'vitest'

/** A commit that ends when the test says so. */
function controlled() {
  const groups: { jobs: readonly number[]; end: () => void }[] = []
  const commit = (jobs: readonly number[]) =>
    new Promise<readonly Settled<number>[]>((resolve) => {
      groups.push({ jobs, end: () => resolve(jobs.map((job) => ({ value: job * 10 }))) })
    })
  return { groups, commit }
}

test('a job goes at once when nothing is under way', () => {
  const { groups, commit } = controlled()
  void new GroupCommit(commit).submit(1)
  expect(groups.map(({ jobs }) => jobs)).toEqual([[1]])
})

test('jobs that arrive while a group is under way share the next one, in order', async () => {
  const { groups, commit } = controlled()
  const group = new GroupCommit(commit)
  const results = [1, 2, 3].map((job) => group.submit(job))
  expect(groups.map(({ jobs }) => jobs)).toEqual([[1]])
  groups[0]?.end()
  expect(await results[0]).toBe(10)
  expect(groups.map(({ jobs }) => jobs)).toEqual([[1], [2, 3]])
  groups[1]?.end()
  expect(await Promise.all(results)).toEqual([10, 20, 30])
})

test('every job has an outcome of its own', async () => {
  const odd = new Error('odd')
  const group = new GroupCommit<number, number>(
    (jobs) => jobs.map((job) => (job % 2 === 0 ? { value: job } : { error: odd })),
    { schedule: queueMicrotask },
  )
  const outcomes = await Promise.allSettled([1, 2, 3].map((job) => group.submit(job)))
  expect(outcomes).toEqual([
    { status: 'rejected', reason: odd },
    { status: 'fulfilled', value: 2 },
    { status: 'rejected', reason: odd },
  ])
})

test('a commit that fails as a whole fails every job of its group, and the next group goes on', async () => {
  let calls = 0
  const group = new GroupCommit<number, number>(
    (jobs) => {
      if (++calls === 1) throw new Error('broken')
      return jobs.map((value) => ({ value }))
    },
    { schedule: queueMicrotask },
  )
  const failed = await Promise.allSettled([group.submit(1), group.submit(2)])
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await group.submit(3)).toBe(3)
})

test('a group is no heavier than allowed, except for a single heavy job', async () => {
  const seen: (readonly number[])[] = []
  const group = new GroupCommit<number, number>(
    (jobs) => {
      seen.push(jobs)
      return jobs.map((value) => ({ value }))
    },
    { weigh: (job) => job, maxWeight: 10, schedule: queueMicrotask },
  )
  await Promise.all([4, 6, 1, 50, 2].map((job) => group.submit(job)))
  expect(seen).toEqual([[4, 6], [1], [50], [2]])
})

test('idle resolves when nothing is waiting or under way', async () => {
  const { groups, commit } = controlled()
  const group = new GroupCommit(commit)
  await group.idle()
  let idle = false
  void group.submit(1)
  void group.submit(2)
  const waiting = group.idle().then(() => {
    idle = true
  })
  groups[0]?.end()
  await new Promise((resolve) => setImmediate(resolve))
  expect(idle).toBe(false)
  groups[1]?.end()
  await waiting
})
