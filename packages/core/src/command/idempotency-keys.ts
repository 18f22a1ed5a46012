import { v5 } from 'uuid'
import { isEventfoldError } from '../errors.ts'
import type { Codec } from '../event/codec.ts'
import { checkName } from '../event/text-rules.ts'
import { toFieldText } from '../projection/field-text.ts'
import type { DocumentAdapter, DocumentWrite } from '../store/document-adapter.ts'
import type { Command } from './command.ts'
import { IdempotencyConflictError } from './command-errors.ts'

/** What is stored of a command that was carried out, so that its result can be given again. */
export interface StoredResult {
  readonly id: string
  readonly stream?: string
  readonly version?: number
  readonly position?: number
  /** How many events were appended, up to `version`. */
  readonly events: number
  readonly value?: unknown
}

/** What is stored under a key. `until`: milliseconds since 1970, by the clock of the database. */
export type KeyRecord = { readonly request: string; readonly until: number } & (
  | { readonly status: 'running'; readonly owner: string }
  | { readonly status: 'done'; readonly result: StoredResult }
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
)

/** A record as it was read, with the text to compare by. */
export interface StoredKey {
  readonly record: KeyRecord
  readonly text: string
}

const collection = 'eventfold:idempotency'
/** Of the hashes of requests; drawn once, and fixed for ever. */
const namespace = 'c2f8a4de-93b7-4a51-8a6e-0d6f4a1b7c35'
const portion = 100

/** The idempotency keys of a store. */
export class IdempotencyKeys<Transaction> {
  readonly #documents: DocumentAdapter<Transaction>
  readonly #codec: Codec

  constructor(documents: DocumentAdapter<Transaction>, codec: Codec) {
    this.#documents = documents
    this.#codec = codec
  }

  /**
   * What is stored under a key, also where it is no longer kept.
   *
   * @throws IdempotencyConflictError it was used for another request, and is kept still
   */
  async read(key: string, { command, request, now }: Asked): Promise<StoredKey | undefined> {
    const [text] = await this.#documents.read([{ collection, key }])
    if (text === undefined) return undefined
    const record = this.#codec.decode(text) as KeyRecord
    if (record.until > now && record.request !== request) throw new IdempotencyConflictError(key, command)
    return { record, text }
  }

  /** @throws DocumentConflictError it is not as expected: null for none */
  async write(
    key: string,
    record: KeyRecord | undefined,
    { expected, transaction }: { readonly expected: string | null; readonly transaction?: Transaction },
  ): Promise<string> {
    const data = record && this.#codec.encode(record, '')
    const fields = record === undefined ? [] : [{ field: 'until', value: toFieldText(record.until, 'until') }]
    const write: DocumentWrite = { collection, key, data, fields, expected }
    await this.#documents.write([write], transaction)
    return data ?? ''
  }

  /** Removes keys that are no longer kept. Resolves with their number. */
  async forget(now: number): Promise<number> {
    let count = 0
    for (;;) {
      const before = count
      const found = await this.#documents.find({
        collection,
        where: [{ field: 'until', to: toFieldText(now, 'until') }],
        backwards: false,
        limit: portion,
      })
      for (const { key, data } of found) {
        try {
          await this.write(key, undefined, { expected: data })
          count++
        } catch (error) {
          // It is used again meanwhile, and stays.
          if (!isEventfoldError(error, 'document-conflict')) throw error
        }
      }
      if (found.length < portion || count === before) return count
    }
  }
}

interface Asked {
  readonly command: string
  readonly request: string
  readonly now: number
}

/** The same for the same request, whatever the order of its properties. */
export function requestOf({ command, to, input }: Command): string {
  return v5(JSON.stringify([command, to ?? null, input ?? null], inOrder), namespace)
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** @throws InvalidInputError `invalid-option` */
export function checkIdempotencyKey(key: string): string {
  checkName(key, 'idempotency key', 'invalid-option', 512)
  return key
}
