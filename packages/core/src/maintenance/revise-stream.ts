import { ConcurrencyError, isEventfoldError, VersionNotFoundError } from '../errors.ts'
import type { EventMetadata, NewEvent } from '../event/event.ts'
import { checkStreamId } from '../event/stream-id.ts'
import { removeSnapshots } from '../snapshot/remove-snapshots.ts'
import type { EventStore } from '../store/event-store.ts'
import type { AppendResult } from '../store/event-store-options.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import type { StreamInfo } from '../store/store-adapter.ts'
import { consumersBehind } from './consumers-behind.ts'
import { maintenanceAdapterOf } from './maintenance-adapter-of.ts'
import { ConsumersBehindError } from './maintenance-errors.ts'

/** What is to become of a stream. */
export interface Revision {
  readonly expected?: number | undefined
  /** Appended at the end, also of a closed stream. */
  readonly event?: NewEvent | undefined
  readonly metadata?: EventMetadata | undefined
  /** First version that stays; `'event'`: that of the event. Undefined: nothing is removed. */
  readonly before?: number | 'event' | undefined
  /** Undefined: as it is. */
  readonly closed?: boolean | undefined
  /** Whether consumers may miss what is removed. */
  readonly force?: boolean | undefined
}

export interface Revised {
  readonly info: StreamInfo
  /** How many events were removed. */
  readonly removed: number
  readonly appended: AppendResult | undefined
}

const maxAttempts = 6

/**
 * Does all of it in one transaction, or nothing. Tries again after a lost reply or a deadlock; done twice it changes
 * nothing more.
 */
export async function reviseStream<Transaction>(
  store: EventStore<Transaction>,
  stream: string,
  revision: Revision,
): Promise<Revised> {
  checkStreamId(stream)
  maintenanceAdapterOf(store.adapter)
  const { event } = revision
  const fixed = event && { ...event, id: event.id ?? store.newId() }
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.transaction((transaction) => {
        return new StreamChange(store, stream, transaction).make({ ...revision, event: fixed })
      })
    } catch (error) {
      if (!isEventfoldError(error, 'store-unavailable') || attempt >= maxAttempts) throw error
    }
    await pauseAfterConflict(attempt)
  }
}

class StreamChange<Transaction> {
  readonly #store: EventStore<Transaction>
  readonly #stream: string
  readonly #transaction: Transaction

  constructor(store: EventStore<Transaction>, stream: string, transaction: Transaction) {
    this.#store = store
    this.#stream = stream
    this.#transaction = transaction
  }

  async make({ expected, event, metadata, before, closed, force }: Revision): Promise<Revised> {
    const maintenance = maintenanceAdapterOf(this.#store.adapter)
    // As appends that carry read models do: the log first, then these.
    if (before !== undefined) await maintenance.lock(this.#transaction)
    if (event !== undefined) for (const carrier of this.#store.carriers) await carrier.lock(this.#transaction)
    const found = await this.#info(event === undefined ? expected : undefined)
    const willBeClosed = closed ?? found.closed
    const appended = event && (await this.#append(event, expected, metadata, found))
    if (willBeClosed !== (found.closed && appended === undefined)) {
      await maintenance.setClosed(this.#stream, willBeClosed, this.#transaction)
    }
    const first = before === 'event' ? (appended?.version ?? 0) : (before ?? 0)
    const removed = first === 0 ? 0 : await this.#remove(first, found, force === true)
    // Once more: who only closes has the lock on the stream from there on.
    return { info: await this.#info(event === undefined ? expected : undefined), removed, appended }
  }

  async #info(expected: number | undefined): Promise<StreamInfo> {
    const info = await this.#store.adapter.streamInfo(this.#stream, this.#transaction)
    if (info === undefined) throw new ConcurrencyError(this.#stream, expected ?? 'stream-exists', 0)
    if (expected !== undefined && info.version !== expected) {
      throw new ConcurrencyError(this.#stream, expected, info.version)
    }
    return info
  }

  async #append(
    event: NewEvent,
    expected: number | undefined,
    metadata: EventMetadata | undefined,
    { closed }: StreamInfo,
  ): Promise<AppendResult> {
    if (closed)
      await maintenanceAdapterOf(this.#store.adapter).setClosed(this.#stream, false, this.#transaction)
    return this.#store.append(this.#stream, [event], {
      expected: expected ?? 'stream-exists',
      transaction: this.#transaction,
      ...(metadata !== undefined && { metadata }),
    })
  }

  async #remove(before: number, { firstVersion }: StreamInfo, force: boolean): Promise<number> {
    const { adapter } = this.#store
    const { version } = await this.#info(undefined)
    if (before > version) throw new VersionNotFoundError(this.#stream, before, version)
    if (before <= firstVersion) return 0
    if (!force) await checkConsumers(this.#store, this.#stream, before, this.#transaction)
    await maintenanceAdapterOf(adapter).removeBefore(this.#stream, before, this.#transaction)
    await removeSnapshots(adapter.documents, [this.#stream], this.#transaction)
    return before - firstVersion
  }
}

/** @throws ConsumersBehindError */
export async function checkConsumers<Transaction>(
  { adapter }: EventStore<Transaction>,
  stream: string,
  before: number,
  transaction?: Transaction,
): Promise<void> {
  if (adapter.documents === undefined) return
  const query = { stream, from: 1, to: before - 1, backwards: true, limit: 1 }
  const [last] = await adapter.readStream(query, transaction)
  if (last === undefined) return
  const { position } = last
  const consumers = await consumersBehind(adapter.documents, { stream, before, position }, transaction)
  if (consumers.length > 0) throw new ConsumersBehindError(stream, position, consumers)
}
