/** Calls that have begun between two times at which somebody began to wait. */
interface CallGroup {
  readonly number: number
  count: number
  onEnd: (() => void) | undefined
}

/** The appends and transactions of a store, counted so that somebody can wait for those that have begun before. */
export class CallsUnderWay {
  /** The highest position that an append has stored for certain. */
  position = 0
  #group: CallGroup = newGroup(1)
  #earlier: Promise<unknown> = Promise.resolve()
  readonly #transactions = new Map<unknown, CallGroup>()

  /** A call begins. What it gives is for {@link end}. */
  begin(): CallGroup {
    this.#group.count++
    return this.#group
  }

  end(group: CallGroup): void {
    group.count--
    if (group.count === 0) group.onEnd?.()
  }

  async transaction<Transaction, Result>(
    run: (work: (transaction: Transaction) => Promise<Result>) => Promise<Result>,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const group = this.begin()
    try {
      return await run(async (transaction) => {
        this.#transactions.set(transaction, group)
        try {
          return await work(transaction)
        } finally {
          // The same handle may serve another transaction.
          this.#transactions.delete(transaction)
        }
      })
    } finally {
      this.end(group)
    }
  }

  /** What begins from now on is told apart from what has begun before. Gives a number for {@link isBefore}. */
  split(): number {
    const { number, count } = this.#group
    if (count > 0) {
      const group = this.#group
      const ended = new Promise<void>((resolve) => {
        group.onEnd = resolve
      })
      this.#earlier = Promise.all([this.#earlier, ended])
    }
    this.#group = newGroup(number + 1)
    return number + 1
  }

  /** Whether a transaction has begun before a split. */
  isBefore(split: number, transaction: unknown): boolean {
    const group = this.#transactions.get(transaction)
    return group !== undefined && group.number < split
  }

  /** Resolves when everything has ended that had begun before the last split. */
  async earlierEnded(): Promise<void> {
    await this.#earlier
  }
}

function newGroup(number: number): CallGroup {
  return { number, count: 0, onEnd: undefined }
}
