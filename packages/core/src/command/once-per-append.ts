import { isEventfoldError } from '../errors.ts'
import { type IdempotencyKeys, isTaken } from './idempotency-keys.ts'
import { isRefusal } from './is-refusal.ts'
import {
  answerOf,
  type Carried,
  type KeyedCommand,
  type KeyState,
  refusalOf,
  type StoredResult,
} from './key-record.ts'
import type { InTurn } from './turns.ts'
import { untilAnswered } from './until-answered.ts'

/** Stores the key in the transaction of the append. */
export type Alongside<Transaction> = (result: StoredResult, transaction: Transaction) => Promise<void>

/**
 * Carries out commands of aggregates once per idempotency key: key and result are stored in the transaction of the
 * append. Of several at once one commits; the others find its result, however far they were.
 */
export class OncePerAppend<Transaction> {
  readonly #keys: IdempotencyKeys<Transaction>

  constructor(keys: IdempotencyKeys<Transaction>) {
    this.#keys = keys
  }

  /** @param execute appends, with `alongside` in the same transaction; where there is nothing to append, without it */
  async carryOut(
    keyed: KeyedCommand,
    inTurn: InTurn,
    execute: (alongside: Alongside<Transaction>) => Promise<StoredResult>,
  ): Promise<Carried> {
    return untilAnswered(async () => {
      for (;;) {
        const state = await this.#keys.look(keyed, 'roughly')
        const carried =
          answerOf(state) ??
          (await inTurn(async (hasWaited) => {
            const latest = hasWaited ? await this.#keys.look(keyed, 'roughly') : state
            return answerOf(latest) ?? this.#execute(keyed, latest, execute)
          }))
        if (carried !== undefined) return carried
      }
    }, keyed.signal)
  }

  /** Undefined: somebody else has stored a result meanwhile. */
  async #execute(
    keyed: KeyedCommand,
    { expected }: KeyState,
    execute: (alongside: Alongside<Transaction>) => Promise<StoredResult>,
  ): Promise<Carried | undefined> {
    const store = async (result: StoredResult, transaction?: Transaction) => {
      const encoded = await this.#keys.encode(keyed, { status: 'done', result })
      await this.#keys.write(keyed, encoded, expected, transaction)
    }
    try {
      const result = await execute(store)
      if (result.events === 0) await store(result)
      return { result, repeated: false }
    } catch (error) {
      if (isTaken(error, keyed)) return undefined
      if (isEventfoldError(error, 'store-unavailable')) throw error
      if (await this.#isOurs(keyed, error, expected)) throw error
      return undefined
    }
  }

  /**
   * Whether a failure is the outcome. It is not where the same command has succeeded elsewhere meanwhile: then a rule
   * that holds once, or the expected version, refuses for that very reason.
   */
  async #isOurs(keyed: KeyedCommand, error: unknown, expected: string | null): Promise<boolean> {
    if (keyed.keepRefusal && isRefusal(error)) {
      return this.#keys.put(keyed, await this.#keys.encode(keyed, refusalOf(error)), expected)
    }
    // Where the store does not tell, what has gone wrong first is what to tell.
    return this.#keys.holds(keyed, expected).catch(() => true)
  }
}
