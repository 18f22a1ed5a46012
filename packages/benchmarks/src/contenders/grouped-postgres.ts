import type { Append, Contender } from '../contender.ts'
import { HandWrittenPostgresStore, toColumns } from './hand-written-postgres.ts'

interface Waiting {
  readonly append: Append
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const insertGroup = `
  INSERT INTO events (stream, version, id, type, data)
  SELECT * FROM unnest($1::text[], $2::int[], $3::uuid[], $4::text[], $5::json[])
  ON CONFLICT DO NOTHING
  RETURNING stream, version`

/**
 * While one statement is under way, single-event appends wait and share the next one; those that it leaves out are
 * conflicts. An append of several events goes alone, because leaving out one of its events would not undo the others.
 */
class GroupedPostgresStore extends HandWrittenPostgresStore {
  #waiting: Waiting[] = []
  #busy = false

  override append(append: Append): Promise<void> {
    if (append.events.length !== 1) return super.append(append)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject })
      if (!this.#busy) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        if (group.length === 1) await this.insert(group.map(({ append }) => append))
        else await this.#insertGroup(group)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#busy = false
  }

  async #insertGroup(group: readonly Waiting[]): Promise<void> {
    const { rows } = await this.pool.query<{ stream: string; version: number }>({
      name: 'append-group',
      text: insertGroup,
      values: toColumns(group.map(({ append }) => append)),
    })
    if (rows.length === group.length) return
    const stored = new Set(rows.map(({ stream, version }) => `${stream} ${version}`))
    for (const { append, reject } of group) {
      const { stream, expected } = append
      if (!stored.has(`${stream} ${expected + 1}`))
        reject(new Error(`${stream} has moved on from ${expected}`))
    }
  }
}

export const groupedPostgres: Contender = {
  name: 'hand-written, grouped',
  open: async ({ connectionString }) => {
    const store = new GroupedPostgresStore(connectionString)
    await store.createTables()
    return store
  },
}
