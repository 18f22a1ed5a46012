/**
 * The part of the port that closes streams and removes events. Core does it in transactions of the adapter, and has
 * looked first: whether the stream is there, who has not seen the events yet, and that the last one stays.
 */
export interface MaintenanceAdapter<Transaction = unknown> {
  /**
   * Keeps all others from appending, and from changing what is closed, until the transaction ends. Readers go on. The
   * first call of a transaction that removes.
   *
   * @throws LockTimeoutError
   */
  lock(transaction: Transaction): Promise<void>

  /**
   * Closes a stream, or opens it; does nothing where there is none. While it is closed no append to it succeeds, also of
   * one that waits for this transaction. Inside the transaction that holds from the call on.
   */
  setClosed(stream: string, isClosed: boolean, transaction: Transaction): Promise<void>

  /**
   * Removes the events of a stream before a version for good, with all that finds them. For everybody else the database
   * refuses that all the while: it is this transaction alone that may. What is left keeps its versions and positions.
   *
   * @param before a version that the stream holds, behind its first: so at least one event stays
   */
  removeBefore(stream: string, before: number, transaction: Transaction): Promise<void>

  /** Whether the event at this position was removed. May say so of any position before one that was. */
  isRemoved(position: number): Promise<boolean>

  /** The marks of all streams that have one, behind `after`, at most `limit`, in the order of the bytes of their names. */
  listMarks(after: string | undefined, limit: number): Promise<readonly StreamMark[]>

  /** Marks streams as those of another store are. In one step; marks that are there are replaced. Streams exist. */
  putMarks(marks: readonly StreamMark[]): Promise<void>
}

/** What is known of a stream that is closed, or has lost events, besides its events. */
export interface StreamMark {
  readonly stream: string
  readonly closed: boolean
  /** When its first event of all was recorded, in milliseconds since 1970; null where that is still there. */
  readonly firstRecordedAt: number | null
  /** Position of the last event that was removed; null for none. */
  readonly removedTo: number | null
}
