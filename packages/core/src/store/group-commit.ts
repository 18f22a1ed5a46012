/** How one job of a group ended. */
export type Settled<Result> = { readonly value: Result } | { readonly error: unknown }

interface Waiting<Job, Result> {
  readonly job: Job
  readonly weight: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

export interface GroupCommitOptions<Job> {
  /** How much a job adds to its group, such as its number of events. Default 1 each. */
  readonly weigh?: (job: Job) => number
  /** Heaviest group; a single heavier job goes alone. Default 1000. */
  readonly maxWeight?: number
  /** Starts the next group; a later start gathers more jobs. Default: at once. */
  readonly schedule?: (start: () => void) => void
}

/**
 * Lets jobs that arrive while a transaction is under way share the next one, each with an outcome of its own. One
 * group is under way at a time, and jobs go in the order of their arrival.
 */
export class GroupCommit<Job, Result> {
  readonly #commit: (jobs: readonly Job[]) => readonly Settled<Result>[] | Promise<readonly Settled<Result>[]>
  readonly #weigh: (job: Job) => number
  readonly #maxWeight: number
  readonly #schedule: (start: () => void) => void
  #waiting: Waiting<Job, Result>[] = []
  #busy = false
  #idle: (() => void)[] = []

  /** @param commit settles every job of a group, in order. If it rejects, all jobs of the group reject with that. */
  constructor(
    commit: (jobs: readonly Job[]) => readonly Settled<Result>[] | Promise<readonly Settled<Result>[]>,
    options: GroupCommitOptions<Job> = {},
  ) {
    this.#commit = commit
    this.#weigh = options.weigh ?? (() => 1)
    this.#maxWeight = options.maxWeight ?? 1000
    this.#schedule = options.schedule ?? ((start) => start())
  }

  submit(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, weight: this.#weigh(job), resolve, reject })
      if (this.#busy) return
      this.#busy = true
      this.#schedule(this.#run)
    })
  }

  /** Resolves when no job is waiting or under way. */
  idle(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve()
  }

  /** Awaits nothing that is there already: a lone job would pay for it. */
  readonly #run = (): void => {
    const group = this.#nextGroup()
    try {
      const outcomes = this.#commit(group.map(({ job }) => job))
      if (outcomes instanceof Promise) void this.#settleLater(group, outcomes)
      else this.#settle(group, outcomes)
    } catch (error) {
      this.#fail(group, error)
    }
  }

  async #settleLater(
    group: readonly Waiting<Job, Result>[],
    outcomes: Promise<readonly Settled<Result>[]>,
  ): Promise<void> {
    try {
      this.#settle(group, await outcomes)
    } catch (error) {
      this.#fail(group, error)
    }
  }

  #settle(group: readonly Waiting<Job, Result>[], outcomes: readonly Settled<Result>[]): void {
    for (const [index, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[index] as Settled<Result>
      if ('error' in outcome) reject(outcome.error)
      else resolve(outcome.value)
    }
    this.#startNext()
  }

  #fail(group: readonly Waiting<Job, Result>[], error: unknown): void {
    for (const { reject } of group) reject(error)
    this.#startNext()
  }

  #startNext(): void {
    if (this.#waiting.length > 0) {
      this.#schedule(this.#run)
      return
    }
    this.#busy = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #nextGroup(): Waiting<Job, Result>[] {
    let weight = 0
    let size = 0
    for (const waiting of this.#waiting) {
      weight += waiting.weight
      if (size > 0 && weight > this.#maxWeight) break
      size++
    }
    return this.#waiting.splice(0, size)
  }
}
