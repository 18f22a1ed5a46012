import { EventfoldError } from '../errors.ts'

export type ImportFileCode = 'import-foreign' | 'import-damaged' | 'import-truncated'

/** The lines are not those that an export gave. What stands before the line is stored, nothing from there on is. */
export class ImportFileError extends EventfoldError<ImportFileCode> {
  /** Number of the line, from 1. */
  readonly line: number

  constructor(code: ImportFileCode, line: number, problem: string) {
    super(code, `Line ${line} cannot be imported: ${problem}.`)
    this.line = line
  }
}

/** The store holds something else than the import, or would after it. Nothing of the batch was stored. */
export class ImportConflictError extends EventfoldError<'import-conflict'> {
  /** Of the event that cannot be stored, or of the last event before the documents that cannot be. */
  readonly position: number
  /** Number of its line, from 1, where the import came from lines. */
  readonly line: number | undefined
  /** The problem alone, as part of a sentence. */
  readonly problem: string

  constructor(position: number, problem: string, line?: number) {
    const place = line === undefined ? `position ${position}` : `line ${line}, position ${position}`
    super(
      'import-conflict',
      `The import does not fit the store (${place}): ${problem}. Import into an empty store, or into one that ` +
        'holds nothing but the beginning of the same log.',
    )
    this.position = position
    this.problem = problem
    this.line = line
  }
}

/** Something was written while documents were exported, or removed while events were, so that they may not fit together. */
export class ExportDisturbedError extends EventfoldError<'export-disturbed'> {
  constructor(
    what: string,
    remedy = 'Stop all writers, consumers, timers and outboxes of the store, and export again.',
  ) {
    super('export-disturbed', `The export is of no use: ${what}. ${remedy}`)
  }
}
