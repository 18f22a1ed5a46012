/** A row of an export cannot be understood. */
export class RowError extends Error {
  override readonly name = 'RowError'

  constructor(line: number, problem: string) {
    super(`Line ${line}: ${problem}`)
  }
}
