import { AssertionError } from 'node:assert/strict'
import { section } from '../report-section.ts'

/** A check has found something. The message tells where, and what to do. */
export class CheckFailure extends AssertionError {
  /** @param sections lines by title, in order */
  constructor(
    name: string,
    problem: string,
    sections: Readonly<Record<string, readonly string[]>>,
    details: { readonly actual?: unknown; readonly expected?: unknown; readonly cause?: unknown } = {},
  ) {
    const lines = Object.entries(sections).flatMap(([title, each]) => section(title, each))
    const { actual, expected, cause } = details
    super({ message: [`${name}: ${problem}`, ...lines].join('\n'), actual, expected })
    if (cause !== undefined) this.cause = cause
  }
}
