import type { ClientBase, Connection, Submittable } from 'pg'
import { executeMessage } from './execute-message.ts'
import type { Row, Statement, Value } from './statement.ts'

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
 * Executions of a prepared statement in one round trip, as a query class of its own as `pg-cursor` is one. The query of
 * pg asks the server each time to describe the columns, to pick parsers by their types. Here they are known, and stay
 * text.
 */
export class PreparedCall<Result> implements Submittable {
  /** From these the client remembers what the server has parsed. */
  readonly name: string
  readonly text: string
  /** Public, for the client wraps it where it has a `query_timeout`. */
  callback: (error: Error | null, results: readonly (readonly Result[])[]) => void
  readonly #executions: readonly (readonly Value[])[]
  readonly #read: (row: Row) => Result
  readonly #results: Result[][] = []
  #rows: Result[] = []
  #failure: Error | undefined

  /**
   * @param executions the values of each. They are one transaction
   * @param read called for each row when it arrives, so that the rows of a page are not kept beside what is made of them
   * @param callback gets the rows of each
   */
  constructor(
    statement: Statement,
    executions: readonly (readonly Value[])[],
    read: (row: Row) => Result,
    callback: PreparedCall<Result>['callback'],
  ) {
    this.name = statement.name
    this.text = statement.text
    this.callback = callback
    this.#executions = executions
    this.#read = read
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
    connection.stream.write(executeMessage(this.name, this.#executions))
  }

  handleDataRow({ fields }: { readonly fields: Row }): void {
    if (this.#failure !== undefined) return
    try {
      this.#rows.push(this.#read(fields))
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
