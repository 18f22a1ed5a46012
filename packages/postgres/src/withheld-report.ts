import type { Connections } from './connections.ts'
import type { LogHead } from './log-reader.ts'
import type { Logger } from './logger.ts'
import { lockSpace } from './migrations/001/ordering.ts'
import { run, statement } from './statement.ts'

/** How long events are withheld before it is worth a word, in milliseconds; and the time between two words. */
const patience = 5_000

/** Names the writers that hold readers back for long: an idle transaction with an append in it, most of the time. */
export class WithheldReport {
  readonly #connections: Connections
  readonly #space: number
  readonly #logger: Logger | undefined
  #safe = -1
  #since = 0

  constructor(connections: Connections, schema: string, logger: Logger | undefined) {
    this.#connections = connections
    this.#space = lockSpace(schema)
    this.#logger = logger
  }

  seen({ safe, newest }: LogHead): void {
    const now = Date.now()
    if (safe !== this.#safe) {
      this.#safe = safe
      this.#since = now
    } else if (this.#logger !== undefined && now - this.#since >= patience) {
      this.#since = now
      this.#report(this.#logger, safe, newest).catch(() => {})
    }
  }

  async #report(logger: Logger, readableUpTo: number, newest: number): Promise<void> {
    const rows = await this.#connections.read((client) => run(client, findWriters, [this.#space]))
    const writers = rows.map(([pid, applicationName, state, seconds]) => ({
      pid: Number(pid),
      applicationName,
      state,
      seconds: Number(seconds),
    }))
    logger.warn('An open transaction with appended events keeps later events from readers. End it.', {
      readableUpTo,
      newest,
      writers,
    })
  }
}

/** $1: first key of the announcements. The oldest transaction first. */
const findWriters = statement(
  'writers',
  `SELECT l.pid, a.application_name, a.state, date_part('epoch', clock_timestamp() - a.xact_start)
  FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = $1::bigint::oid AND l.mode = 'ShareLock'
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  ORDER BY a.xact_start LIMIT 10`,
)
