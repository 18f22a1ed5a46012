import { randomUUID } from 'node:crypto'
import { type AppendResult, isEventfoldError, type NewEvent, type RecordedEvent } from '@eventfold/core'
import { startLocalPostgres } from '@eventfold/local-postgres'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { openPostgres, type PostgresStore } from '../src/index.ts'
import { until } from './test-database.ts'

interface Attempt {
  readonly stream: string
  readonly events: readonly (NewEvent & { readonly id: string })[]
  receipt: AppendResult | undefined
}

const writers = 8
const crashes = 3

/** Appends one to three events at a time, and repeats what has no answer until it has one. */
class Writer {
  readonly attempts: Attempt[] = []
  /** How many appends ended without an answer. */
  unknown = 0
  readonly #store: PostgresStore
  readonly #number: number
  #version = 0

  constructor(store: PostgresStore, number: number) {
    this.#store = store
    this.#number = number
  }

  get acknowledged(): number {
    return this.attempts.filter(({ receipt }) => receipt !== undefined).length
  }

  async write(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      // Every third goes to the stream that all of them share.
      const isShared = this.attempts.length % 3 === 2
      const events = Array.from({ length: 1 + (this.attempts.length % 3) }, (_, index) => ({
        id: randomUUID(),
        type: 'Written',
        data: { writer: this.#number, append: this.attempts.length, index },
      }))
      const attempt: Attempt = {
        stream: isShared ? 'shared-1' : `own-${this.#number}`,
        events,
        receipt: undefined,
      }
      this.attempts.push(attempt)
      attempt.receipt = await this.#append(attempt, isShared)
      if (!isShared) this.#version = attempt.receipt.version
    }
  }

  async #append({ stream, events }: Attempt, isShared: boolean): Promise<AppendResult> {
    const expected = isShared ? 'any' : this.#version || 'no-stream'
    for (let wasUnknown = false; ; ) {
      try {
        const receipt = await this.#store.append(stream, events, { expected })
        // Only what had no answer can have been stored before.
        expect(receipt.duplicate && !wasUnknown).toBe(false)
        return receipt
      } catch (error) {
        if (!isEventfoldError(error, 'store-unavailable')) throw error
        if (error.outcome === 'unknown' && !wasUnknown) this.unknown++
        wasUnknown ||= error.outcome === 'unknown'
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }
}

async function readAll(store: PostgresStore): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const batch of store.readLogInBatches()) events.push(...batch)
  return events
}

describe.skipIf(process.env['DATABASE_URL'])('a server that crashes', () => {
  test('keeps what was acknowledged, once, and the open store goes on by itself', async () => {
    const server = await startLocalPostgres()
    const rejections: unknown[] = []
    const note = (reason: unknown) => void rejections.push(reason)
    process.on('unhandledRejection', note)
    // Without retries of its own, so that the writers see every outcome.
    const store = await openPostgres({ connectionString: server.url, retries: 0 })
    const stopListening = await store.onAppend(() => {})
    try {
      expect(await setting(server.url, 'fsync')).toBe('on')
      const all = Array.from({ length: writers }, (_, number) => new Writer(store, number))
      const acknowledged = () => all.reduce((sum, writer) => sum + writer.acknowledged, 0)
      let isDone = false
      const writing = Promise.all(all.map((writer) => writer.write(() => isDone)))
      for (let crash = 1; crash <= crashes; crash++) {
        const before = acknowledged()
        await Promise.race([writing, until(() => acknowledged() > before + 300)])
        await server.crash()
        await expect(store.head()).rejects.toMatchObject({ code: 'store-unavailable' })
        await server.restart()
      }
      const before = acknowledged()
      await Promise.race([writing, until(() => acknowledged() > before + 300)])
      isDone = true
      await writing

      expect(all.reduce((sum, { unknown }) => sum + unknown, 0)).toBeGreaterThan(0)
      await verify(store, all)
      await new Promise((resolve) => setImmediate(resolve))
      expect(rejections).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
      await stopListening()
      await store.close()
      await server.stop()
    }
  })
})

async function verify(store: PostgresStore, all: readonly Writer[]): Promise<void> {
  const log = await readAll(store)
  const positions = log.map(({ position }) => position)
  expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b))

  const attempts = all.flatMap((writer) => writer.attempts)
  const stored = new Map(log.map((event) => [event.id, event]))
  expect(log).toHaveLength(stored.size)
  expect(stored.size).toBe(attempts.reduce((sum, { events }) => sum + events.length, 0))

  const versions = new Map<string, number[]>()
  for (const { stream, version } of log) versions.set(stream, [...(versions.get(stream) ?? []), version])
  for (const ofStream of versions.values()) expect(ofStream).toEqual(ofStream.map((_, index) => index + 1))

  for (const { stream, events, receipt } of attempts) {
    const found = events.map(({ id }) => stored.get(id))
    expect(found).toEqual(
      events.map(({ id, type, data }) => expect.objectContaining({ id, stream, type, data })),
    )
    expect(found.at(-1)).toMatchObject({ version: receipt?.version, position: receipt?.position })
    expect((found[0]?.version ?? 0) + events.length - 1).toBe(receipt?.version)
  }
}

async function setting(url: string, name: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('SELECT current_setting($1) AS value', [name])
  await client.end()
  return rows[0]?.value
}
