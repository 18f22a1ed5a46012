/** What an adapter declares of itself. The contract reads the same declaration: to claim is to be tested. */
export interface Capabilities {
  /** Whether events survive the process, so that a store opened again on the same storage reads them. */
  readonly durable: boolean
  /** Whether several store instances, also in several processes, may work on the same storage at once. */
  readonly shared: boolean
  /**
   * How far a wake-up reaches: listeners in the same process, in other processes of the same machine, or on every
   * machine that uses the storage.
   */
  readonly wakeUp: 'process' | 'machine' | 'network'
  /**
   * Whether reads hand out the same row objects every time. Then core keeps the decoded, frozen data on them
   * (`StoredEvent.decoded`) instead of decoding again.
   */
  readonly residentRows: boolean
}
