import {
  type AggregateDefinition,
  type Clock,
  type CommandSchemas,
  type EventMetadata,
  type EventSchemas,
  type IdSource,
  type InputArguments,
  isEventfoldError,
  type NewEvent,
  type NewEventOf,
} from '@eventfold/core'
import { evolveState, startState, validate, validateEventData } from '@eventfold/core/adapter'
import { type CommandScenario, type Expectation, type Outcome, reportMismatch } from './scenario-report.ts'
import { testClock, testIds } from './test-clock.ts'

export interface SpecificationOptions<Services = unknown> {
  /** Default: a clock that stands at 2026-01-01T00:00:00Z. */
  readonly clock?: Clock
  /** Default: `testIds()`. */
  readonly newId?: IdSource
  /** Key of the aggregate. Default `'1'`. */
  readonly id?: string
  readonly metadata?: EventMetadata
  /** Required where the definition names a type for it. */
  readonly services?: Services
}

/** A refusal: the error's code, and its message where that matters. An error instance will do. */
export interface ExpectedError {
  readonly code: string
  readonly message?: string
}

/** The specification of one kind of aggregate. Made by {@link specify}. */
export interface Specification<Schemas extends EventSchemas, State, Commands extends CommandSchemas> {
  /** What has happened before. The data is checked against the schemas. */
  given(events?: readonly NewEventOf<Schemas>[]): Given<Schemas, State, Commands>
}

export interface Given<Schemas extends EventSchemas, State, Commands extends CommandSchemas> {
  /** The command that is tried. */
  when<Name extends keyof Commands & string>(
    command: Name,
    ...[input]: InputArguments<Commands[Name], never>
  ): When<Schemas, State>
  /** The state that the given events lead to. */
  thenState(expected: State): Promise<void>
}

export interface When<Schemas extends EventSchemas, State> {
  /**
   * Exactly these events in this order (with data as the schemas return it; ids, metadata and tags are compared where
   * they are given), or a refusal. Rejects with an AssertionError that tells the whole scenario.
   */
  then(expected: readonly NewEventOf<Schemas>[] | ExpectedError): Promise<void>
  /** The state after the command. */
  thenState(expected: State): Promise<void>
}

/**
 * Given, when, then for an aggregate: no store, no clock, no mocks.
 *
 * @example
 * await specify(Account)
 *   .given([{ type: 'AccountOpened', data: { owner: 'Ada' } }])
 *   .when('withdraw', { cents: 500 })
 *   .then({ code: 'insufficient-funds' })
 */
export function specify<Schemas extends EventSchemas, State, Commands extends CommandSchemas, Services>(
  definition: AggregateDefinition<Schemas, State, Commands, Services>,
  ...[options = {}]: unknown extends Services
    ? [options?: SpecificationOptions<Services>]
    : [options: SpecificationOptions<Services> & { readonly services: Services }]
): Specification<Schemas, State, Commands> {
  const { category } = definition
  const { clock = testClock(), newId = testIds(), id = '1', metadata = {} } = options
  const services = options.services as Services

  /** Data as the schemas return it, and the state that the events lead to. */
  async function apply(state: State, events: readonly NewEvent[]) {
    const applied: NewEvent[] = []
    let next = state
    for (const event of events) {
      const data = await validateEventData(definition, event.type, event.data)
      applied.push({ ...event, data })
      next = evolveState(definition, next, event.type, data)
    }
    return { state: next, events: applied }
  }

  async function decide({ given, command, input }: CommandScenario): Promise<Outcome<State>> {
    const before = await apply(startState(definition), given)
    const context = {
      id,
      stream: `${category}-${id}`,
      version: given.length,
      clock,
      newId,
      metadata,
      services,
    }
    try {
      const schema = definition.commands[command]
      if (schema === undefined) throw new TypeError(`Aggregate ${category} has no command ${command}.`)
      const parsed = await validate(schema, input, 'invalid-command', `input of command ${command}`)
      const decided = await definition.decide[command as keyof Commands](
        before.state,
        parsed as never,
        context,
      )
      return await apply(before.state, decided)
    } catch (error) {
      if (isEventfoldError(error)) return { error }
      throw error
    }
  }

  async function check(scenario: CommandScenario, expectation: Expectation): Promise<void> {
    reportMismatch(scenario, await decide(scenario), expectation)
  }

  return {
    given: (events = []) => ({
      when: (command, ...[input]) => {
        const scenario: CommandScenario = { category, given: events, command, input }
        return {
          // biome-ignore lint/suspicious/noThenProperty: given, when, then are the words; a forgotten one throws.
          then(expected) {
            if (typeof expected === 'function') {
              throw new TypeError(
                `Nothing is expected of ${command}: call .then(events) or .then({ code }) before await.`,
              )
            }
            return check(scenario, expected)
          },
          async thenState(state) {
            await check(scenario, { state })
          },
        }
      },
      async thenState(state) {
        reportMismatch({ category, given: events }, await apply(startState(definition), events), { state })
      },
    }),
  }
}
