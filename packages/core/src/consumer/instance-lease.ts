import type { InstanceRecord, Stored } from './consumer-documents.ts'
import type { ConsumerSettings } from './consumer-settings.ts'

/** The sign of life of one running instance, in the time of the database. */
export class InstanceLease<Transaction> {
  readonly #settings: ConsumerSettings<Transaction>
  readonly #run: string

  constructor(settings: ConsumerSettings<Transaction>, run: string) {
    this.#settings = settings
    this.#run = run
  }

  /** @param now by the clock of the database */
  async renew(now: number): Promise<void> {
    const { documents, instance, leaseTime } = this.#settings
    const record: InstanceRecord = { name: instance, until: now + leaseTime }
    const write = { ...documents.instance(this.#run), data: JSON.stringify(record) }
    await documents.adapter.write([write], undefined, { durable: false })
  }

  async end(): Promise<void> {
    const { documents } = this.#settings
    await documents.adapter.write([{ ...documents.instance(this.#run), data: undefined }])
  }

  /** The runs that are alive, this one included. Removes those that ended long ago without a word. */
  async alive(now: number): Promise<ReadonlySet<string>> {
    const { documents, leaseTime } = this.#settings
    const instances = await documents.allInstances()
    const forgotten = instances.filter(({ state }) => state.until < now - 10 * leaseTime)
    if (forgotten.length > 0) await this.#forget(forgotten)
    return new Set([...instances.filter(({ state }) => state.until > now).map(({ key }) => key), this.#run])
  }

  async #forget(instances: readonly Stored<InstanceRecord>[]): Promise<void> {
    const { documents } = this.#settings
    const writes = instances.map(({ key, text }) => ({
      ...documents.instance(key),
      data: undefined,
      expected: text,
    }))
    try {
      await documents.adapter.write(writes)
    } catch {
      // Somebody else tidies up as well, or it woke up. Another time.
    }
  }
}
