import { isEventfoldError } from '../errors.ts'
import type { IdSource } from '../event/clock.ts'
import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { InvalidResultError } from './command-errors.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'
import { isRefusal } from './is-refusal.ts'
import {
  answerOf,
  type Carried,
  type EncodedKey,
  type KeyedCommand,
  type KeyState,
  refusalOf,
  type StoredResult,
} from './key-record.ts'
import type { InTurn } from './turns.ts'
import { untilAnswered } from './until-answered.ts'

/** Pauses between two looks at a command that somebody else is carrying out, in milliseconds. */
const firstPause = 10
const longestPause = 500

/**
 * Runs handlers of services once per idempotency key: the key is claimed first, so that others wait for the result.
 * Whoever dies meanwhile is taken over when its claim has run out, and stores nothing should it come back.
 */
export class OncePerClaim<Transaction> {
  readonly #keys: IdempotencyKeys<Transaction>
  readonly #newId: IdSource
  readonly #takeOverAfter: number

  /** @param takeOverAfter milliseconds */
  constructor(keys: IdempotencyKeys<Transaction>, newId: IdSource, takeOverAfter: number) {
    this.#keys = keys
    this.#newId = newId
    this.#takeOverAfter = takeOverAfter
  }

  async carryOut(keyed: KeyedCommand, inTurn: InTurn, run: () => Promise<StoredResult>): Promise<Carried> {
    const pauses = new BackOff(firstPause, longestPause)
    for (;;) {
      const state = await this.#look(keyed)
      const rest = restOf(state)
      if (rest > 0) {
        await sleep(Math.min(pauses.next(), rest), keyed.signal)
        continue
      }
      const carried =
        answerOf(state) ??
        (await inTurn(async (hasWaited, release) => {
          const latest = hasWaited ? await this.#look(keyed) : state
          if (restOf(latest) > 0) return undefined
          return answerOf(latest) ?? this.#claim(keyed, latest, run, release)
        }))
      if (carried !== undefined) return carried
    }
  }

  async #look(keyed: KeyedCommand): Promise<KeyState> {
    keyed.signal?.throwIfAborted()
    return untilAnswered(() => this.#keys.look(keyed, 'exactly'), keyed.signal)
  }

  /** Undefined: the key is somebody else's, and so is the outcome. */
  async #claim(
    keyed: KeyedCommand,
    { expected, now }: KeyState,
    run: () => Promise<StoredResult>,
    release: () => void,
  ): Promise<Carried | undefined> {
    const claimedUntil = now + this.#takeOverAfter
    const claim = await this.#keys.encode(keyed, { status: 'running', owner: this.#newId(), claimedUntil })
    if (!(await this.#keys.put(keyed, claim, expected))) return undefined
    // A handler that hangs holds up nobody for longer than its claim lasts.
    const ended = new AbortController()
    void sleep(this.#takeOverAfter, ended.signal).then(release)
    try {
      return await this.#run(keyed, claim, run)
    } finally {
      ended.abort()
    }
  }

  async #run(
    keyed: KeyedCommand,
    claim: EncodedKey,
    run: () => Promise<StoredResult>,
  ): Promise<Carried | undefined> {
    let result: StoredResult
    let done: EncodedKey
    try {
      result = await run()
      done = await this.#encode(keyed, result)
    } catch (error) {
      if (await this.#giveBack(keyed, error, claim)) throw error
      return undefined
    }
    return (await this.#keys.put(keyed, done, claim.text)) ? { result, repeated: false } : undefined
  }

  /** @throws InvalidResultError it cannot be kept */
  async #encode(keyed: KeyedCommand, result: StoredResult): Promise<EncodedKey> {
    try {
      return await this.#keys.encode(keyed, { status: 'done', result })
    } catch (cause) {
      throw isEventfoldError(cause, 'not-json') ? new InvalidResultError(keyed.command, { cause }) : cause
    }
  }

  /**
   * After a failure: stores a refusal that is to be kept, or gives the key free. False: it is somebody else's by now, and
   * so is the outcome.
   */
  async #giveBack(keyed: KeyedCommand, error: unknown, { text }: EncodedKey): Promise<boolean> {
    if (keyed.keepRefusal && isRefusal(error)) {
      return this.#keys.put(keyed, await this.#keys.encode(keyed, refusalOf(error)), text)
    }
    // Where that fails the claim runs out, and what has gone wrong first is what to tell.
    return this.#keys.put(keyed, undefined, text).catch(() => true)
  }
}

/** How much longer somebody else is believed to carry it out, in milliseconds. */
function restOf({ record, now }: KeyState): number {
  return record?.status === 'running' ? record.claimedUntil - now : 0
}
