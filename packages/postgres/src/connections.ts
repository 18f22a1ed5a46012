import { untilAborted } from '@eventfold/core/adapter'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { cancelRequest } from './cancel-request.ts'
import type { Logger } from './logger.ts'
import { neededSettings } from './needed-settings.ts'
import { type Circumstances, translateError, troubleOf } from './postgres-errors.ts'
import { ReplyWatch } from './reply-watch.ts'
import { run, statement } from './statement.ts'
import { transactionStatus } from './transaction-status.ts'

export interface ConnectionOptions {
  readonly pool: Pool
  /** Whether the pool is ours to end. */
  readonly owned: boolean
  /** Milliseconds; 0 leaves what the server or the pool has. */
  readonly statementTimeout: number
  /** Milliseconds; 0 leaves what the server or the pool has. */
  readonly lockTimeout: number
  /** Longest wait for a client of the pool, in milliseconds; 0 where the pool limits it by itself. */
  readonly clientTimeout: number
  readonly logger?: Logger | undefined
}

const readAttempts = 4

/** After so many milliseconds no read is begun again: what took long is no connection that was lost unnoticed. */
const readPatience = 1_000

/** Before the second attempt at a read, and so much longer before each further one. */
const readPauseMilliseconds = 10

/** Lends the clients of a pool, each with the time-outs of the store, and drops those that broke. */
export class Connections {
  readonly pool: Pool
  readonly #options: ConnectionOptions
  readonly #watch: ReplyWatch
  readonly #prepared = new WeakSet<ClientBase>()
  readonly #destroyed = new WeakSet<ClientBase>()
  readonly #warm: PoolClient[] = []
  #cooling: ReturnType<typeof setImmediate> | undefined

  constructor(options: ConnectionOptions) {
    this.pool = options.pool
    this.#watch = new ReplyWatch(options.statementTimeout)
    this.#options = options
    this.pool.on('error', ignore)
  }

  /** Runs `work` with a client and gives that back. What `work` throws is not translated. */
  async use<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    return this.lend((client) => this.#watched(client, work))
  }

  /**
   * As `use`, for work that takes as long as it likes.
   *
   * @param signal ends the wait for a client, and that only
   */
  async lend<Result>(
    work: (client: PoolClient) => Promise<Result>,
    signal?: AbortSignal | undefined,
  ): Promise<Result> {
    const client = await (signal === undefined ? this.#acquire() : this.#acquireUntil(signal))
    try {
      const result = await work(client)
      this.#release(client, false)
      return result
    } catch (error) {
      this.#release(client, troubleOf(error) === 'connection')
      throw error
    }
  }

  /**
   * As `use`, for calls that follow each other: the client stays with them for as long as the next one begins as soon
   * as this one has ended, which spares the way through the pool. Who waits for one there comes first.
   */
  async useAgain<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = this.#warm.pop() ?? (await this.#acquire())
    let result: Result
    this.#watch.begin(client)
    try {
      result = await work(client)
    } catch (error) {
      this.#watch.end(client)
      this.#release(client, troubleOf(error) === 'connection')
      throw error
    }
    this.#watch.end(client)
    if (this.pool.waitingCount > 0) {
      this.#release(client, false)
    } else {
      this.#warm.push(client)
      this.#cooling ??= setImmediate(() => this.#cool())
    }
    return result
  }

  /** As `use`, for reads: an idle connection that was lost meanwhile is noticed by using it, so another is tried. */
  async read<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const began = performance.now()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.useAgain(work)
      } catch (error) {
        const isLast = attempt === readAttempts || performance.now() - began > readPatience
        if (isLast || troubleOf(error) !== 'connection') throw this.translate(error, true)
        // Time for the pool to notice that its other idle connections are lost as well.
        await new Promise((resolve) => setTimeout(resolve, attempt * readPauseMilliseconds))
      }
    }
  }

  /** Breaks the connection of a client that is lent, and ends what the server is doing for it. */
  destroy(client: PoolClient): void {
    const isBusy = (client as { readonly readyForQuery?: boolean }).readyForQuery !== true
    this.#release(client, true)
    this.#destroyed.add(client)
    if (!isBusy) return
    // In pipeline mode pg would wait for the statements under way.
    client.connection?.stream.destroy()
    cancelRequest(client, (this.pool.options as { readonly stream?: unknown }).stream)
  }

  translate(error: unknown, sent: boolean): Error {
    const { lockTimeout, statementTimeout } = this.#options
    return translateError(error, { sent, lockTimeout, statementTimeout } satisfies Circumstances)
  }

  async end(): Promise<void> {
    this.#cool()
    this.#watch.close()
    if (this.#options.owned) {
      await this.pool.end()
    } else {
      this.pool.removeListener('error', ignore)
    }
  }

  async #acquireUntil(signal: AbortSignal): Promise<PoolClient> {
    const acquiring = this.#acquire()
    return untilAborted(acquiring, signal, () => {
      acquiring.then((client) => this.#release(client, false)).catch(ignore)
    })
  }

  /** @throws StoreUnavailableError `not-stored` */
  async #acquire(): Promise<PoolClient> {
    let client: PoolClient | undefined
    try {
      client = await this.#connectFree()
      if (!this.#prepared.has(client)) await this.#prepare(client)
      return client
    } catch (error) {
      if (client !== undefined) this.#release(client, true)
      throw this.translate(error, false)
    }
  }

  /**
   * A client that was released inside a transaction is dropped: what is stored on it would go with that. So is one that
   * was lost since.
   */
  async #connectFree(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#connect()
      const status = await this.#watched(client, transactionStatus).catch(() => 'lost')
      if (status === 'I' || status === undefined) return client
      this.#release(client, true)
      if (status === 'lost') continue
      this.#options.logger?.warn('A client was released inside a transaction. That is rolled back.', {})
    }
  }

  /** With a callback, for an error may follow the greeting of the server in the same packet, before a promise is heard. */
  #connect(): Promise<PoolClient> {
    const { clientTimeout } = this.#options
    return new Promise((resolve, reject) => {
      let isLate = false
      const giveUp = () => {
        isLate = true
        reject(
          new Error(
            `no client of the pool was free within ${clientTimeout} ms; look for clients that are not released, and for ` +
              'calls inside a transaction that were not given it',
          ),
        )
      }
      const mayWait = clientTimeout > 0 && this.pool.idleCount === 0
      const timer = mayWait ? setTimeout(giveUp, clientTimeout) : undefined
      this.pool.connect((error, client) => {
        clearTimeout(timer)
        if (client === undefined) return reject(error)
        if (isLate) return client.release()
        client.on('error', ignore)
        resolve(client)
      })
    })
  }

  /** Once per connection, so that no call pays for it. */
  async #prepare(client: PoolClient): Promise<void> {
    const { owned, statementTimeout, lockTimeout } = this.#options
    if (owned || statementTimeout !== 0 || lockTimeout !== 0) {
      await this.#watched(client, (client) =>
        run(client, owned ? setAll : setTimeouts, [setting(statementTimeout), setting(lockTimeout)]),
      )
    }
    this.#prepared.add(client)
  }

  async #watched<Result>(client: PoolClient, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    this.#watch.begin(client)
    try {
      return await work(client)
    } finally {
      this.#watch.end(client)
    }
  }

  #cool(): void {
    clearImmediate(this.#cooling)
    this.#cooling = undefined
    for (const client of this.#warm.splice(0)) this.#release(client, false)
  }

  #release(client: PoolClient, broken: boolean): void {
    if (this.#destroyed.has(client)) return
    client.removeListener('error', ignore)
    client.release(broken)
  }
}

/** $1 and $2: statement and lock time-out in milliseconds, or null. */
const timeouts = `set_config('statement_timeout', coalesce($1, current_setting('statement_timeout')), false),
    set_config('lock_timeout', coalesce($2, current_setting('lock_timeout')), false)`

const setTimeouts = statement('timeouts', `SELECT ${timeouts}`)

/** For connections of our own: whatever the role or the database has instead. Those of a pool are checked only. */
const setAll = statement(
  'settings',
  `SELECT ${timeouts}, ${neededSettings.map(({ name, value }) => `set_config('${name}', '${value}', false)`).join(', ')}`,
)

const setting = (milliseconds: number) => (milliseconds === 0 ? null : String(milliseconds))

/** The query under way rejects with the same error, and the pool drops the client: nothing is left to do. */
function ignore(): void {}
