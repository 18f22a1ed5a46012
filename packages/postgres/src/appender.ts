import { InvalidInputError, LockTimeoutError, StoreUnavailableError } from '@eventfold/core'
import { GroupCommit, type Settled, type StreamWrite } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import type { AppendOutcome, AppendStatements, Receipt } from './append-statements.ts'
import type { Connections } from './connections.ts'
import { Patience } from './patience.ts'
import { troubleOf } from './postgres-errors.ts'
import { StreamTurns } from './stream-turns.ts'

type Append = readonly StreamWrite[]
type Receipts = readonly Receipt[]
/** The rest of an append that its group did not wait for. */
type GoOn = () => Promise<Receipts>

/** Longest that the next group waits for this one, in milliseconds, if that is held up by a lock. */
const groupLockWait = 50

/** How often an append is sent again that lost against another transaction. */
const maxCollisions = 8

/**
 * Appends in groups: what arrives while one is under way shares the next. What a group cannot settle at once, because
 * somebody holds a lock or an id, goes alone, so that it holds nobody up.
 */
export class Appender {
  readonly #connections: Connections
  readonly #statements: AppendStatements
  readonly #lockTimeout: number
  readonly #isTimed: () => boolean
  readonly #groups: GroupCommit<Append, Receipts | GoOn>
  readonly #turns: StreamTurns
  readonly #patience = new Patience(groupLockWait)

  /** @param isTimed whether somebody wants to know the time of single events */
  constructor(
    connections: Connections,
    statements: AppendStatements,
    lockTimeout: number,
    isTimed: () => boolean,
  ) {
    this.#connections = connections
    this.#statements = statements
    this.#lockTimeout = lockTimeout
    this.#isTimed = isTimed
    // Half of the pool, so that reads and other appends still get a connection.
    this.#turns = new StreamTurns(Math.max(1, Math.floor(connections.pool.options.max / 2)))
    this.#groups = new GroupCommit((appends) => this.#commit(appends), {
      weigh,
      // After all callers that a finished group has resumed have sent their next append.
      schedule: (start) => process.nextTick(start),
    })
  }

  async append(append: Append): Promise<Receipts> {
    const streams = append.map(({ stream }) => stream)
    if (this.#turns.has(streams)) {
      const deadline = this.#deadline()
      return this.#turns.run(streams, () => this.#appendAlone(append, deadline))
    }
    const answer = await this.#groups.submit(append)
    if (typeof answer !== 'function') return answer
    return this.#turns.run(streams, answer)
  }

  /** Appends inside the caller's transaction. */
  async appendWithin(append: Append, transaction: ClientBase): Promise<Receipts> {
    try {
      for (let attempt = 1; ; attempt++) {
        const outcome = await this.#statements.appendWithin(transaction, append)
        if (outcome === 'again') {
          if (attempt === maxCollisions) throw contended()
        } else if ('isolation' in outcome) {
          throw new InvalidInputError(
            'invalid-transaction',
            `The transaction is ${outcome.isolation}. Appends need READ COMMITTED, to see what others committed.`,
          )
        } else if ('error' in outcome) {
          throw outcome.error
        } else {
          return outcome.value
        }
      }
    } catch (error) {
      throw this.#connections.translate(error, true)
    }
  }

  #commit(appends: readonly Append[]): Promise<readonly Settled<Receipts | GoOn>[]> {
    const [append] = appends as readonly [Append]
    return appends.length > 1 ? this.#commitGroup(appends) : this.#commitAlone(append)
  }

  /** Alone in its group, an append waits for locks as long as it may; the next group starts meanwhile. */
  #commitAlone(append: Append): Promise<readonly Settled<Receipts | GoOn>[]> {
    return new Promise((resolve, reject) => {
      const single = this.#commitSingle(append)
      const goOn = () => {
        if (this.#turns.free > 0) resolve([{ value: () => single }])
      }
      this.#patience.begin(goOn)
      single.then(
        (value) => {
          this.#patience.end(goOn)
          resolve([{ value }])
        },
        (error) => {
          this.#patience.end(goOn)
          reject(error)
        },
      )
    })
  }

  async #commitSingle(append: Append): Promise<Receipts> {
    const deadline = this.#deadline()
    let outcome: AppendOutcome
    try {
      outcome = await this.#connections.useAgain((client) =>
        this.#statements.appendSingle(client, append, this.#isTimed()),
      )
    } catch (error) {
      if (!lostAgainstOther(error)) throw this.#connections.translate(error, true)
      outcome = 'again'
    }
    return outcome === 'again' ? this.#appendAlone(append, deadline) : receiptsOf(outcome)
  }

  async #commitGroup(appends: readonly Append[]): Promise<readonly Settled<Receipts | GoOn>[]> {
    const lockWait = this.#lockTimeout === 0 ? groupLockWait : Math.min(groupLockWait, this.#lockTimeout)
    const deadline = this.#deadline()
    const outcomes = await this.#tryGroup(appends, lockWait)
    return outcomes.map((outcome, index) => {
      if (outcome !== 'again') return outcome
      return { value: () => this.#appendAlone(appends[index] as Append, deadline) }
    })
  }

  async #tryGroup(appends: readonly Append[], lockWait: number): Promise<readonly AppendOutcome[]> {
    try {
      return await this.#connections.useAgain((client) =>
        this.#statements.appendGroup(client, appends, lockWait),
      )
    } catch (error) {
      if (troubleOf(error) === 'connection') throw this.#connections.translate(error, true)
      // One of them is the cause, or all are in a circle with others.
      return appends.map(() => 'again')
    }
  }

  #deadline(): number {
    return Date.now() + this.#lockTimeout
  }

  async #appendAlone(append: Append, deadline: number): Promise<Receipts> {
    for (let attempt = 1; ; attempt++) {
      const lockWait = this.#lockTimeout === 0 ? 0 : deadline - Date.now()
      if (lockWait < 0) throw new LockTimeoutError(this.#lockTimeout)
      const outcome = await this.#tryAlone(append, lockWait)
      if (outcome !== 'again') return receiptsOf(outcome)
      if (attempt === maxCollisions) throw contended()
    }
  }

  async #tryAlone(append: Append, lockWait: number): Promise<AppendOutcome> {
    try {
      const wait = Math.max(lockWait, this.#lockTimeout === 0 ? 0 : 1)
      return await this.#connections.use((client) => this.#statements.appendCarefully(client, append, wait))
    } catch (error) {
      if (lostAgainstOther(error)) return 'again'
      throw this.#connections.translate(error, true)
    }
  }
}

function lostAgainstOther(error: unknown): boolean {
  const trouble = troubleOf(error)
  return trouble === 'collision' || trouble === 'id-taken'
}

function receiptsOf(outcome: Exclude<AppendOutcome, 'again'>): Receipts {
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

const bytesOfOneWeight = 2_000

/** A group stays in proportion in number and in size: a weight of 1,000 is 1,000 small events, or 2 MB. */
function weigh(append: Append): number {
  let weight = 0
  for (const { events } of append) {
    for (const { data, metadata } of events) weight += 1 + (data.length + metadata.length) / bytesOfOneWeight
  }
  return weight
}

const contended = () =>
  new StoreUnavailableError('not-stored', 'other transactions were in the way again and again')
