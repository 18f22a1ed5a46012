import { checkCount } from '../check-count.ts'
import type { EventStore } from '../store/event-store.ts'
import type { CommandBusOptions } from './command-bus-options.ts'
import { IdempotencyKeys } from './idempotency-keys.ts'
import { OncePerAppend } from './once-per-append.ts'
import { OncePerClaim } from './once-per-claim.ts'

const week = 7 * 24 * 3_600_000
/** How often keys that are no longer kept are looked for, in milliseconds. */
const forgetInterval = 60_000

/** What the commands of a bus need where they have a key. */
export class Idempotency<Transaction> {
  readonly perAppend: OncePerAppend<Transaction>
  readonly perClaim: OncePerClaim<Transaction>
  readonly #keys: IdempotencyKeys<Transaction>
  #forgotAt = Number.NEGATIVE_INFINITY

  /** @throws UnsupportedError the store keeps events only; InvalidInputError `invalid-option` */
  constructor({ adapter, codec, newId }: EventStore<Transaction>, options: IdempotencyOptions) {
    const { keepFor, takeOverAfter } = checkIdempotency(options)
    this.#keys = new IdempotencyKeys(adapter, codec, keepFor)
    this.perAppend = new OncePerAppend(this.#keys)
    this.perClaim = new OncePerClaim(this.#keys, newId, takeOverAfter)
  }

  /** Removes keys that are no longer kept. Resolves with their number. */
  async forgetExpired(): Promise<number> {
    return this.#keys.forget()
  }

  /** The same, at most once a minute, off the way of the command, and of no consequence where it fails. */
  forgetSometimes(): void {
    if (performance.now() - this.#forgotAt < forgetInterval) return
    this.#forgotAt = performance.now()
    this.#keys.forget().catch(() => {})
  }
}

type IdempotencyOptions = NonNullable<CommandBusOptions<unknown, unknown>['idempotency']>

/** @throws InvalidInputError `invalid-option` */
export function checkIdempotency({
  keepFor = week,
  takeOverAfter = 30_000,
}: IdempotencyOptions): Required<IdempotencyOptions> {
  return {
    keepFor: checkCount(keepFor, 'idempotency.keepFor', 1),
    takeOverAfter: checkCount(takeOverAfter, 'idempotency.takeOverAfter', 1),
  }
}
