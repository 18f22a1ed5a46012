import type { ClientBase, Connection, Submittable } from 'pg'
import { type Bound, executeMessage } from './execute-message.ts'
import type { Row, Statement } from './statement.ts'

/** One execution of a prepared statement, and what is made of each of its rows. */
export interface Execution<Result> extends Bound {
  readonly read: (row: Row) => Result
}

/** The parts of a client and of its connection that a call needs, and that the types of pg leave out. */
interface PgClient {
  readonly pipeline?: boolean
  readonly connection?: Partial<PgConnection>
}

interface PgConnection {
  /** Text of the statements that the server has parsed, by name. */
  readonly parsedStatements: { readonly [name: string]: string | undefined }
  parse(statement: Statement): void
}

/**
 * Executions of prepared statements in one round trip, as a query class of its own as `pg-cursor` is one. The query of
 * pg asks the server each time to describe the columns, to pick parsers by their types. Here they are known, and stay
 * text.
 */
export class PreparedCall<Result> implements Submittable {
  /** From these the client remembers what the server has parsed. */
  readonly name: string
  readonly text: string
  /** Public, for the client wraps it where it has a `query_timeout`. */
  callback: (error: Error | null, results: readonly (readonly Result[])[]) => void
  readonly #executions: readonly Execution<Result>[]
  readonly #results: Result[][] = []
  #rows: Result[] = []
  #failure: Error | undefined

  /**
   * @param executions at least one. They are one transaction. The statement of the first may be new to the server, the
   * others have to be parsed
   * @param callback gets the rows of each
   */
  constructor(executions: readonly Execution<Result>[], callback: PreparedCall<Result>['callback']) {
    const [{ statement }] = executions as readonly [Execution<Result>]
    this.name = statement.name
    this.text = statement.text
    this.callback = callback
    this.#executions = executions
  }

  /** Whether the server has parsed a statement on this connection. */
  static hasParsed(client: ClientBase, { name }: Statement): boolean {
    return (client as unknown as PgClient).connection?.parsedStatements?.[name] !== undefined
  }

  /** Not over native bindings, and not in pipeline mode, which takes the queries of pg only. */
  static isPossible(client: ClientBase): boolean {
    const { pipeline, connection } = client as unknown as PgClient
    return pipeline !== true && connection?.parsedStatements !== undefined
  }

  submit(connection: Connection): void {
    const pgConnection = connection as unknown as PgConnection
    // Where it is gone, pg rejects the call as soon as it has noticed.
    if (!connection.stream.writable) return
    if (pgConnection.parsedStatements[this.name] === undefined) pgConnection.parse(this)
    connection.stream.write(executeMessage(this.#executions))
  }

  /** Each row is read as it arrives, so that the rows of a page are not kept beside what is made of them. */
  handleDataRow({ fields }: { readonly fields: Row }): void {
    if (this.#failure !== undefined) return
    const { read } = this.#executions[this.#results.length] as Execution<Result>
    try {
      this.#rows.push(read(fields))
    } catch (error) {
      // Told at the end: the rest of the answer is still to come, and belongs to this call.
      this.#failure = error as Error
    }
  }

  handleError(error: Error): void {
    this.callback(error, this.#results)
  }

  handleReadyForQuery(): void {
    this.callback(this.#failure ?? null, this.#results)
  }

  handleCommandComplete(): void {
    this.#results.push(this.#rows)
    this.#rows = []
  }

  handleEmptyQuery(): void {}
}
