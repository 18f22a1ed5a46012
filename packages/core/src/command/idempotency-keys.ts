import { isEventfoldError, UnsupportedError } from '../errors.ts'
import type { Codec } from '../event/codec.ts'
import { checkName } from '../event/text-rules.ts'
import { toFieldText } from '../projection/field-text.ts'
import type { DocumentAdapter, DocumentWrite } from '../store/document-adapter.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import type { Command } from './command.ts'
import { IdempotencyConflictError } from './command-errors.ts'
import type { SendOptions } from './command-sender.ts'
import type { EncodedKey, KeyedCommand, KeyRecord, KeyState, KeyStatus } from './key-record.ts'
import { fingerprintOf } from './request-fingerprint.ts'
import { StoreTime } from './store-time.ts'
import { untilAnswered } from './until-answered.ts'

const collection = 'eventfold:idempotency'
/** How many keys are removed at once. */
const portion = 100

/** The idempotency keys of a store. */
export class IdempotencyKeys<Transaction> {
  readonly #documents: DocumentAdapter<Transaction>
  readonly #codec: Codec
  readonly #time: StoreTime
  readonly #keepFor: number

  /**
   * @param keepFor milliseconds
   * @throws UnsupportedError the store keeps events only
   */
  constructor(adapter: StoreAdapter<Transaction>, codec: Codec, keepFor: number) {
    if (adapter.documents === undefined) {
      throw new UnsupportedError(
        `A ${adapter.name} store keeps events only. Idempotency keys need one that keeps documents, such as ` +
          'openMemory, openSqlite or openPostgres give.',
      )
    }
    this.#documents = adapter.documents
    this.#codec = codec
    this.#time = new StoreTime(() => adapter.now())
    this.#keepFor = keepFor
  }

  /**
   * What is stored under a key.
   *
   * @param precision `'exactly'` costs a call to the store more, and is for what is a matter of seconds
   * @throws IdempotencyConflictError it was used for another request, and is kept still
   */
  async look(keyed: KeyedCommand, precision: 'roughly' | 'exactly'): Promise<KeyState> {
    const [text, now] = await Promise.all([this.#read(keyed.key), this.#time[precision]()])
    const found = text === undefined ? undefined : (this.#codec.decode(text) as KeyRecord)
    const record = found !== undefined && found.until > now ? found : undefined
    if (record !== undefined && record.request !== keyed.request) {
      throw new IdempotencyConflictError(keyed.key, keyed.command)
    }
    return { expected: text ?? null, record, now }
  }

  /** Whether a key holds just that still. */
  async holds({ key }: KeyedCommand, expected: string | null): Promise<boolean> {
    return ((await this.#read(key)) ?? null) === expected
  }

  /**
   * What to store for a command, for as long as keys are kept, and at least while it is claimed.
   *
   * @throws InvalidInputError `not-json`
   */
  async encode({ request }: KeyedCommand, status: KeyStatus): Promise<EncodedKey> {
    const kept = (await this.#time.roughly()) + this.#keepFor
    const until = status.status === 'running' ? Math.max(kept, status.claimedUntil) : kept
    return { text: this.#codec.encode({ ...status, request, until }, ''), until }
  }

  /**
   * Stores something in place of what a key holds, or (undefined) removes it.
   *
   * @throws DocumentConflictError it does not hold that: see {@link isTaken}
   */
  async write(
    { key }: KeyedCommand,
    encoded: EncodedKey | undefined,
    expected: string | null,
    transaction?: Transaction,
  ): Promise<void> {
    const fields =
      encoded === undefined ? [] : [{ field: 'until', value: toFieldText(encoded.until, 'until') }]
    const write: DocumentWrite = { collection, key, data: encoded?.text, fields, expected }
    await this.#documents.write([write], transaction)
  }

  /** The same, repeated where a reply is lost. False: the key is somebody else's by now. */
  async put(keyed: KeyedCommand, encoded: EncodedKey | undefined, expected: string | null): Promise<boolean> {
    return untilAnswered(async () => {
      try {
        await this.write(keyed, encoded, expected)
        return true
      } catch (error) {
        if (!isTaken(error, keyed)) throw error
        // By an attempt before this one, whose reply was lost.
        return this.holds(keyed, encoded?.text ?? null)
      }
    }, undefined)
  }

  /** Removes keys that are no longer kept. Resolves with their number. */
  async forget(): Promise<number> {
    const to = toFieldText(await this.#time.exactly(), 'until')
    for (let count = 0; ; ) {
      const found = await this.#documents.find({
        collection,
        where: [{ field: 'until', to }],
        backwards: false,
        limit: portion,
      })
      const removed = await this.#remove(found.map(({ key, data }) => ({ key, expected: data })))
      count += removed
      if (found.length < portion || removed === 0) return count
    }
  }

  /** Those that are used again meanwhile stay. */
  async #remove(keys: readonly { readonly key: string; readonly expected: string }[]): Promise<number> {
    let rest = keys
    while (rest.length > 0) {
      try {
        await this.#documents.write(rest.map((key) => ({ collection, ...key, data: undefined, fields: [] })))
        break
      } catch (error) {
        if (!isEventfoldError(error, 'document-conflict')) throw error
        rest = rest.filter(({ key }) => key !== error.key)
      }
    }
    return rest.length
  }

  async #read(key: string): Promise<string | undefined> {
    const [text] = await this.#documents.read([{ collection, key }])
    return text
  }
}

/** Whether somebody else has stored something under the key, which is no conflict about anything else. */
export function isTaken(error: unknown, { key }: KeyedCommand): boolean {
  return isEventfoldError(error, 'document-conflict') && error.collection === collection && error.key === key
}

/**
 * What is asked under a key.
 *
 * @throws InvalidInputError `invalid-option` (the key), `not-json` (the input)
 */
export function keyedCommand(
  command: Command,
  key: string,
  { keepRefusal = false, signal }: SendOptions,
): KeyedCommand {
  checkName(key, 'idempotency key', 'invalid-option', 512)
  return { key, command: command.command, request: fingerprintOf(command), keepRefusal, signal }
}
