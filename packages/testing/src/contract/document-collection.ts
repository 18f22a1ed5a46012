import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import type {
  DocumentAdapter,
  DocumentQuery,
  DocumentWrite,
  FieldRange,
  FoundDocument,
  WriteOptions,
} from '@eventfold/core/adapter'
import { CaseSkipped } from './case-context.ts'

const mostPaged = 1_000

export interface Put {
  readonly key: string
  readonly data: string | undefined
  readonly fields?: Readonly<Record<string, string>>
  readonly expected?: string | null
}

/** The adapter of a store for documents. Skips the case where it keeps events only. */
export function documentsOf(store: EventStore): DocumentAdapter {
  const { documents } = store.adapter
  if (documents === undefined) throw new CaseSkipped('the adapter has no documents')
  return documents
}

/** One collection, with the calls of the port made short. */
export class DocumentCollection {
  readonly name: string
  readonly #documents: DocumentAdapter

  constructor(store: EventStore, name = 'accounts') {
    this.#documents = documentsOf(store)
    this.name = name
  }

  /** Writes in one call. */
  putAll(puts: readonly Put[], transaction?: unknown, options?: WriteOptions): Promise<void> {
    const writes = puts.map(({ key, data, fields, expected }): DocumentWrite => {
      const values =
        fields && Object.entries(fields).map(([field, value]) => ({ field, value: value as string }))
      return { collection: this.name, key, data, expected, fields: values }
    })
    return this.#documents.write(writes, transaction, options)
  }

  put(
    key: string,
    data: string | undefined,
    rest: Pick<Put, 'fields' | 'expected'> = {},
    transaction?: unknown,
    options?: WriteOptions,
  ): Promise<void> {
    return this.putAll([{ key, data, ...rest }], transaction, options)
  }

  getAll(
    keys: readonly string[],
    options: { readonly transaction?: unknown; readonly lock?: boolean } = {},
  ): Promise<readonly (string | undefined)[]> {
    return this.#documents.read(
      keys.map((key) => ({ collection: this.name, key })),
      options,
    )
  }

  async get(
    key: string,
    options: { readonly transaction?: unknown; readonly lock?: boolean } = {},
  ): Promise<string | undefined> {
    const [data] = await this.getAll([key], options)
    return data
  }

  async find(query: Partial<DocumentQuery> = {}, transaction?: unknown): Promise<readonly FoundDocument[]> {
    const whole = { collection: this.name, where: [], backwards: false, limit: 10_000, ...query }
    const found = await this.#documents.find(whole, transaction)
    return found.map(({ key, data, value }) => ({ key, data, value }))
  }

  async keys(query: Partial<DocumentQuery> = {}, transaction?: unknown): Promise<string[]> {
    return (await this.find(query, transaction)).map(({ key }) => key)
  }

  /** All keys that a query gives, page by page. Fails where pages lead nowhere. */
  async keysByPages(query: Partial<DocumentQuery> & { readonly limit: number }): Promise<string[]> {
    const keys: string[] = []
    let after: DocumentQuery['after']
    while (true) {
      assert.ok(keys.length < mostPaged, `more than ${mostPaged} documents on the pages of a few`)
      const page = await this.find({ ...query, after })
      keys.push(...page.map(({ key }) => key))
      const last = page.at(-1)
      if (last === undefined || page.length < query.limit) return keys
      after = query.orderBy === undefined ? { key: last.key } : { key: last.key, value: last.value }
    }
  }

  count(where: readonly FieldRange[] = [], transaction?: unknown): Promise<number> {
    return this.#documents.count(this.name, where, transaction)
  }

  clear(transaction?: unknown): Promise<void> {
    return this.#documents.clear(this.name, transaction)
  }
}
