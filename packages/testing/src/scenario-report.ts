import { AssertionError, deepStrictEqual } from 'node:assert/strict'
import type { EventfoldError, NewEvent } from '@eventfold/core'
import { section, show } from './report-section.ts'

/** What was tried. */
export interface Scenario {
  readonly category: string
  readonly given: readonly NewEvent[]
  /** Undefined where the given events alone are looked at. */
  readonly command?: string
  readonly input?: unknown
}

/** A scenario with a command. */
export type CommandScenario = Scenario & Required<Pick<Scenario, 'command'>>

/** What came of it. */
export type Outcome<State> =
  | { readonly state: State; readonly events: readonly NewEvent[] }
  | { readonly error: EventfoldError }

/** What was wanted. */
export type Expectation =
  | readonly NewEvent[]
  | { readonly state: unknown }
  | { readonly code: string; readonly message?: string }

/** @throws AssertionError with the whole scenario, unless the outcome is as expected */
export function reportMismatch<State>(
  scenario: Scenario,
  outcome: Outcome<State>,
  expectation: Expectation,
): void {
  const { actual, expected } = compare(outcome, expectation)
  try {
    deepStrictEqual(actual, expected)
  } catch {
    throw new AssertionError({
      message: [
        `${scenario.category}: the outcome is not the expected one`,
        ...section('given', scenario.given.map(showEvent)),
        ...(scenario.command === undefined
          ? []
          : section('when', [`${scenario.command} ${show(scenario.input)}`])),
        ...section('expected', showSide(expected)),
        ...section('actual', showSide('error' in outcome ? outcome.error : actual)),
      ].join('\n'),
      actual,
      expected,
    })
  }
}

/** Both sides in the same shape, with no more of the actual side than was asked for. */
function compare<State>(
  outcome: Outcome<State>,
  expectation: Expectation,
): { actual: unknown; expected: unknown } {
  if (Array.isArray(expectation)) {
    const expected = expectation as readonly NewEvent[]
    if ('error' in outcome) return { actual: outcome.error, expected }
    return { actual: outcome.events.map((event, index) => pickAsked(event, expected[index])), expected }
  }
  if ('state' in expectation) {
    return { actual: 'error' in outcome ? outcome.error : outcome.state, expected: expectation.state }
  }
  const { code, message } = expectation as { readonly code: string; readonly message?: string }
  const expected = message === undefined || message === code ? { code } : { code, message }
  if (!('error' in outcome)) return { actual: outcome.events, expected }
  const { error } = outcome
  return {
    actual: 'message' in expected ? { code: error.code, message: error.message } : { code: error.code },
    expected,
  }
}

function pickAsked(event: NewEvent, asked: NewEvent | undefined): Partial<NewEvent> {
  const fields = Object.keys(asked ?? { type: 1, data: 1 }) as (keyof NewEvent)[]
  return Object.fromEntries(fields.map((field) => [field, event[field]]))
}

function showSide(side: unknown): readonly string[] {
  if (Array.isArray(side)) return (side as readonly NewEvent[]).map(showEvent)
  if (side instanceof Error) return [`refused with ${(side as EventfoldError).code}: ${side.message}`]
  return [show(side)]
}

function showEvent({ type, data }: NewEvent): string {
  return `${type} ${show(data)}`
}
