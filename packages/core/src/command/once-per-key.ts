import { checkCount } from '../check-count.ts'
import { DomainError, isEventfoldError } from '../errors.ts'
import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import type { Command } from './command.ts'
import type { IdempotencyKeys, KeyRecord, StoredKey, StoredResult } from './idempotency-keys.ts'
import { requestOf } from './idempotency-keys.ts'
import { isRefusal } from './is-refusal.ts'
import type { StoreTime } from './store-time.ts'

/** How often a call whose outcome is unknown is made again: its key makes that safe. */
const lostReplies = 3

/** A command with its key. */
export interface KeyedCommand {
  readonly key: string
  readonly command: Command
  /** Whether a refusal is stored as well. */
  readonly keepRefusal: boolean
  readonly signal: AbortSignal | undefined
}

/** What has come of it: just now, or (`repeated`) an earlier time. */
export interface Carried {
  readonly result: StoredResult
  readonly repeated: boolean
}

/** Stores something in the transaction of an append. */
export type Alongside<Transaction> = (result: StoredResult, transaction: Transaction) => Promise<void>

/** Carries out commands once per idempotency key. */
export class OncePerKey<Transaction> {
  readonly #keys: IdempotencyKeys<Transaction>
  readonly #time: StoreTime
  readonly #newId: () => string
  readonly #keepFor: number
  readonly #takeOverAfter: number

  /** @throws InvalidInputError `invalid-option` */
  constructor(
    keys: IdempotencyKeys<Transaction>,
    time: StoreTime,
    options: { readonly newId: () => string; readonly keepFor?: number; readonly takeOverAfter?: number },
  ) {
    this.#keys = keys
    this.#time = time
    this.#newId = options.newId
    this.#keepFor = checkCount(options.keepFor ?? 7 * 24 * 3_600_000, 'idempotency.keepFor', 1)
    this.#takeOverAfter = checkCount(options.takeOverAfter ?? 30_000, 'idempotency.takeOverAfter', 1)
  }

  /**
   * Carries out a command of an aggregate: key and result are stored in the transaction of the append. Of several at once
   * one is stored; the others find its result, also where they have decided already.
   *
   * @param execute appends, with `alongside` in the same transaction; where there is nothing to append, without it
   */
  async execute(
    keyed: KeyedCommand,
    execute: (alongside: Alongside<Transaction>) => Promise<StoredResult>,
  ): Promise<Carried> {
    const { key } = keyed
    for (let lost = 0; ; ) {
      const { stored, expected, record } = await this.#look(keyed)
      if (stored !== undefined && stored.record.status !== 'running') return answer(stored.record)
      const store = async (result: StoredResult, transaction?: Transaction) => {
        const done = { ...record, status: 'done', result } as const
        await this.#keys.write(key, done, { expected, ...(transaction !== undefined && { transaction }) })
      }
      try {
        const result = await execute(store)
        if (result.events === 0) await store(result)
        return { result, repeated: false }
      } catch (error) {
        if (isEventfoldError(error, 'document-conflict')) continue
        if (isEventfoldError(error, 'store-unavailable') && lost++ < lostReplies) continue
        if (await this.#settle(keyed, error, expected)) throw error
      }
    }
  }

  /**
   * Runs a handler of a service: the key is claimed first, so that others wait for the result. Whoever dies meanwhile is
   * taken over when its claim has run out, and stores nothing should it come back.
   */
  async run(keyed: KeyedCommand, run: () => Promise<StoredResult>): Promise<Carried> {
    const { key, signal } = keyed
    const pauses = new BackOff(10, 500)
    for (;;) {
      signal?.throwIfAborted()
      const { stored, expected, record, now } = await this.#look(keyed)
      if (stored !== undefined && stored.record.status !== 'running') return answer(stored.record)
      if (stored !== undefined && stored.record.until > now) {
        await sleep(Math.min(pauses.next(), stored.record.until - now), signal)
        continue
      }
      const until = now + this.#takeOverAfter
      const claim = { ...record, until, status: 'running', owner: this.#newId() } as const
      try {
        const claimed = await this.#keys.write(key, claim, { expected })
        const carried = await this.#runClaimed(keyed, run, claimed)
        if (carried !== undefined) return carried
      } catch (error) {
        if (!isEventfoldError(error, 'document-conflict')) throw error
      }
    }
  }

  /** Removes keys that are no longer kept. Resolves with their number. */
  async forgetExpired(): Promise<number> {
    return this.#keys.forget(await this.#time.now())
  }

  /** Undefined: somebody else has taken over meanwhile, and the outcome is theirs. */
  async #runClaimed(
    keyed: KeyedCommand,
    run: () => Promise<StoredResult>,
    expected: string,
  ): Promise<Carried | undefined> {
    let result: StoredResult
    try {
      result = await run()
    } catch (error) {
      if (await this.#settle(keyed, error, expected)) throw error
      return undefined
    }
    const done = { ...(await this.#newRecord(keyed)), status: 'done', result } as const
    for (let lost = 0; ; lost++) {
      try {
        await this.#keys.write(keyed.key, done, { expected })
        return { result, repeated: false }
      } catch (error) {
        if (isEventfoldError(error, 'document-conflict')) return undefined
        if (!isEventfoldError(error, 'store-unavailable') || lost >= lostReplies) throw error
      }
    }
  }

  /** What is kept of a key now, and what to store where there is nothing. */
  async #look(keyed: KeyedCommand): Promise<{
    readonly stored: StoredKey | undefined
    readonly expected: string | null
    readonly record: Pick<KeyRecord, 'request' | 'until'>
    readonly now: number
  }> {
    const record = await this.#newRecord(keyed)
    const now = record.until - this.#keepFor
    const { command } = keyed.command
    const found = await this.#keys.read(keyed.key, { command, request: record.request, now })
    const isKept = found !== undefined && found.record.until > now
    return { stored: isKept ? found : undefined, expected: found?.text ?? null, record, now }
  }

  async #newRecord({ command }: KeyedCommand): Promise<Pick<KeyRecord, 'request' | 'until'>> {
    return { request: requestOf(command), until: (await this.#time.now()) + this.#keepFor }
  }

  /**
   * After a failure: stores a refusal that is to be kept, or removes the claim. False: the key is somebody else's by now,
   * and so is the outcome.
   */
  async #settle(keyed: KeyedCommand, error: unknown, expected: string | null): Promise<boolean> {
    const keeps = keyed.keepRefusal && isRefusal(error)
    if (!keeps && expected === null) return true
    try {
      const { code, message } = error as DomainError
      const refused = keeps
        ? ({ ...(await this.#newRecord(keyed)), status: 'refused', code, message } as const)
        : undefined
      await this.#keys.write(keyed.key, refused, { expected })
      return true
    } catch (failure) {
      if (isEventfoldError(failure, 'document-conflict')) return false
      if (keeps) throw failure
      // Then the claim runs out, and what has gone wrong first is what to tell.
      return true
    }
  }
}

function answer(record: Exclude<KeyRecord, { readonly status: 'running' }>): Carried {
  if (record.status === 'refused') throw new DomainError(record.code, record.message)
  return { result: record.result, repeated: true }
}
