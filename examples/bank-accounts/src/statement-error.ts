export type StatementErrorCode =
  | 'malformed-csv'
  | 'missing-column'
  | 'missing-value'
  | 'unknown-type'
  | 'bad-amount'
  | 'bad-date'
  | 'dates-not-in-order'
  | 'duplicate-reference'

/** A statement that cannot be read. */
export class StatementError extends Error {
  override readonly name = 'StatementError'
  readonly code: StatementErrorCode
  readonly line: number
  /** What stands there, or the name of what is missing. */
  readonly value: string

  constructor(
    code: StatementErrorCode,
    { line, value, problem, cause }: { line: number; value: string; problem: string; cause?: unknown },
  ) {
    super(`Line ${line} of the statement: ${problem}`, { cause })
    this.code = code
    this.line = line
    this.value = value
  }
}
