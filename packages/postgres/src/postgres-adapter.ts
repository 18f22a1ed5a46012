import type {
  AppendListener,
  Capabilities,
  EncodedEvent,
  Finding,
  FoldRow,
  Inspection,
  LogPage,
  LogQuery,
  LogStretch,
  StoreAdapter,
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
} from '@eventfold/core/adapter'
import type { ClientBase, ClientConfig } from 'pg'
import { AppendStatements, type Receipt } from './append-statements.ts'
import { Appender } from './appender.ts'
import { Calls } from './calls.ts'
import { Clients } from './clients.ts'
import type { Connections } from './connections.ts'
import { Documents } from './documents.ts'
import { EventImport } from './event-import.ts'
import { readTime } from './event-row.ts'
import { FoldReads } from './fold-reads.ts'
import { ListenConnection } from './listen-connection.ts'
import { LogReader } from './log-reader.ts'
import { LogWatch } from './log-watch.ts'
import type { Logger } from './logger.ts'
import { Maintenance } from './maintenance.ts'
import { schemaFindings } from './schema-findings.ts'
import { channelOf } from './schema-name.ts'
import { serverFindings } from './server-findings.ts'
import { sessionFindings } from './session-findings.ts'
import { slotFindings } from './slot-findings.ts'
import { Sql } from './sql.ts'
import { run, statement } from './statement.ts'
import { StreamReader } from './stream-reader.ts'
import { Transactions } from './transactions.ts'
import { Transfer } from './transfer.ts'
import { WakeUps } from './wake-ups.ts'
import { WithheldReport } from './withheld-report.ts'

export interface PostgresAdapterOptions {
  readonly schema: string
  readonly lockTimeout: number
  readonly pollInterval: number
  /** Where to LISTEN; undefined: nowhere. */
  readonly listen: ClientConfig | undefined
  readonly logger: Logger | undefined
}

/** The port over a pool: what it takes to append, to read and to listen, each in a file of its own. */
export class PostgresAdapter implements StoreAdapter<ClientBase> {
  readonly name = 'postgres'
  readonly capabilities: Capabilities
  readonly documents: Documents
  readonly sql: Sql
  readonly transfer: Transfer
  readonly maintenance: Maintenance
  readonly #connections: Connections
  readonly #appender: Appender
  readonly #streams: StreamReader
  readonly #folds: FoldReads
  readonly #log: LogReader
  readonly #transactions: Transactions
  readonly #clients: Clients
  readonly #wakeUps: WakeUps
  readonly #watch: LogWatch
  readonly #listenConfig: ClientConfig | undefined
  readonly #channel: string
  readonly #schema: string
  readonly #enter: string
  readonly #calls = new Calls()
  /** Position of the last event that was appended here. */
  #appended = 0
  #listening: Promise<ListenConnection | undefined> | undefined
  #closing: Promise<void> | undefined

  constructor(connections: Connections, options: PostgresAdapterOptions) {
    const { schema, lockTimeout, pollInterval, listen, logger } = options
    const channel = channelOf(schema)
    this.capabilities = {
      durable: true,
      shared: true,
      wakeUp: listen === undefined ? 'process' : 'network',
      residentRows: false,
    }
    this.#connections = connections
    const isTimed = () => this.#wakeUps.listening
    this.#appender = new Appender(connections, new AppendStatements(schema), lockTimeout, isTimed)
    this.#streams = new StreamReader(schema)
    this.#folds = new FoldReads(connections, this.#streams)
    this.#log = new LogReader(connections, schema)
    this.#transactions = new Transactions(connections)
    this.#clients = new Clients(this.#calls, connections, this.#transactions)
    this.documents = new Documents(this.#clients, schema)
    this.sql = new Sql(this.#clients)
    this.maintenance = new Maintenance(this.#clients, schema)
    this.#wakeUps = new WakeUps(connections, channel)
    this.transfer = new Transfer({
      calls: this.#calls,
      clients: this.#clients,
      imports: new EventImport(connections, this.#transactions, schema),
      wakeUps: this.#wakeUps,
      schema,
    })
    const report = new WithheldReport(connections, schema, logger)
    this.#watch = new LogWatch(
      pollInterval,
      () => this.#log.head(),
      () => this.#wakeUps.wake(),
      (head) => report.seen(head),
    )
    this.#listenConfig = listen
    this.#channel = channel
    this.#schema = schema
    // As appends and removals come to them: the tables, then the turn.
    this.#enter = `LOCK TABLE "${schema}".streams, "${schema}".events IN ROW EXCLUSIVE MODE;
      SELECT "${schema}".enter(NULL)`
  }

  async append(writes: readonly StreamWrite[], transaction?: ClientBase): Promise<readonly StreamReceipt[]> {
    if (transaction === undefined) {
      return this.#calls.run(async () => {
        const receipts = await this.#appender.append(writes)
        for (const { position } of receipts) this.#appended = Math.max(this.#appended, position)
        this.#wakeUps.appended(writes, this.#stretchOf(writes, receipts))
        return receipts
      })
    }
    await this.#transactions.check(transaction)
    const receipts = await this.#appender.appendWithin(writes, transaction)
    this.#transactions.appended(transaction)
    this.#watch.hurry()
    return receipts
  }

  async enter(transaction: ClientBase): Promise<void> {
    await this.#clients.read((client) => client.query(this.#enter), transaction)
  }

  readStream(query: StreamQuery, transaction?: ClientBase): Promise<readonly StoredEvent[]> {
    return this.#clients.read((client) => this.#streams.readStream(client, query), transaction)
  }

  readFold(query: StreamQuery, transaction?: ClientBase): Promise<readonly FoldRow[]> {
    if (transaction === undefined && !query.backwards) return this.#calls.run(() => this.#folds.read(query))
    return this.#clients.read((client) => this.#streams.readFold(client, query), transaction)
  }

  streamInfo(stream: string, transaction?: ClientBase): Promise<StreamInfo | undefined> {
    return this.#clients.read((client) => this.#streams.streamInfo(client, stream), transaction)
  }

  async readLog(query: LogQuery, transaction?: ClientBase): Promise<LogPage> {
    if (transaction !== undefined) {
      // By a reader of its own: should something have been appended, that is seen here and may be rolled back.
      const log = new LogReader(this.#connections, this.#schema)
      return this.#clients.read((client) => log.read(client, query), transaction)
    }
    return this.#calls.run(async () => {
      const appended = this.#appended
      const page = await this.#connections.read((client) => this.#log.read(client, query))
      // Nobody tells when the open append ends that withholds what was stored.
      if (page.end && (this.#log.settled < appended || this.#log.withholds)) this.#watch.hurry()
      return page
    })
  }

  head(): Promise<number> {
    return this.#calls.run(async () => (await this.#log.head()).safe)
  }

  async onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    return this.#calls.run(async () => {
      const remove = this.#wakeUps.add(listener)
      this.#listening ??= this.#startListening()
      await this.#listening
      return async () => {
        remove()
        if (!this.#wakeUps.listening) await this.#stopListening()
      }
    })
  }

  wakeUp(): void {
    if (!this.#calls.closed) this.#wakeUps.appended()
  }

  async now(): Promise<number> {
    const [row] = await this.#clients.read((client) => run(client, readClock, []), undefined)
    return readTime(row?.[0] as string)
  }

  async transaction<Result>(
    work: (transaction: ClientBase) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.#calls.run(async () => {
      const { result, hasAppended } = await this.#transactions.run(work, options)
      if (hasAppended) this.#wakeUps.appended()
      return result
    })
  }

  inspect(inspection: Inspection): Promise<readonly Finding[]> {
    return this.#calls.run(async () => {
      const head = await this.#log.head()
      return this.#connections.read(async (client) => [
        ...(await schemaFindings(client, this.#schema)),
        ...(await sessionFindings(client, this.#schema, head, inspection)),
        ...(await slotFindings(client)),
        ...(await serverFindings(client)),
      ])
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** One event of which it is known that nothing will appear before it, as of most appends of a quiet store. */
  #stretchOf(writes: readonly StreamWrite[], receipts: readonly Receipt[]): LogStretch | undefined {
    const [{ stream, version, position, recordedAt }] = receipts as readonly [Receipt]
    if (recordedAt === undefined || !this.#wakeUps.listening || !this.#log.appended(position))
      return undefined
    this.#watch.told(position - 1, position)
    const [event] = (writes[0] as StreamWrite).events as readonly [EncodedEvent]
    return { after: position - 1, events: [{ ...event, stream, version, position, recordedAt }] }
  }

  async #close(): Promise<void> {
    await this.#calls.close()
    await this.#stopListening()
    await this.#wakeUps.close()
    await this.#connections.end()
  }

  async #startListening(): Promise<ListenConnection | undefined> {
    const listen =
      this.#listenConfig &&
      new ListenConnection(this.#listenConfig, this.#channel, (payload) => this.#wakeUps.heard(payload))
    await Promise.all([this.#watch.start(), listen?.open()])
    return listen
  }

  async #stopListening(): Promise<void> {
    const listening = this.#listening
    if (listening === undefined) return
    this.#listening = undefined
    this.#watch.stop()
    await (await listening)?.close()
  }
}

/** As the times of events. */
const readClock = statement('now', `SELECT date_part('epoch', date_trunc('milliseconds', clock_timestamp()))`)
