import { AssertionError } from 'node:assert/strict'
import {
  type Codec,
  type CommandOf,
  type CommandTarget,
  type EventSource,
  jsonCodec,
  type RecordedEvent,
  type SagaCommand,
  type SagaDefinition,
  type SagaStatus,
} from '@eventfold/core'
import { type AnySagaDefinition, SagaRules } from '@eventfold/core/adapter'
import { differences } from './differences.ts'
import type { AnyGivenInput, GivenInput } from './given-input.ts'
import { isSame } from './is-same.ts'
import { PlayedSaga } from './played-saga.ts'
import { section, show } from './report-section.ts'

/** What follows from an input. What is left out is not looked at. */
export interface ExpectedSaga<State, Sent, TimerName extends string> {
  /** Exactly these commands, sent by the last input, in this order. */
  readonly commands?: readonly Sent[]
  /** Exactly these timers are set, with the time at which they are due. */
  readonly timers?: { readonly [Name in TimerName]?: Date }
  readonly state?: State
  /** Undefined: there is no instance. */
  readonly status?: SagaStatus | undefined
  /** Why it has ended, or is stuck. */
  readonly reason?: string | undefined
}

/** The specification of a saga. Made by {@link specifySaga}. */
export interface SagaSpecification<Input, Expected> {
  /** What has come before, in this order, for one instance. */
  given(inputs?: readonly Input[]): {
    /** The input that is looked at. */
    when(input: Input): {
      /** Rejects with an AssertionError that tells what was given, and what differs. */
      then(expected: Expected): Promise<void>
    }
  }
}

/**
 * Given, when, then for a saga: no store, no bus, no clock. Events are those of its definitions; outcomes and timers are
 * those of the commands and timers that it has sent and set by then.
 *
 * @example
 * await specifySaga(MoneyTransfer)
 *   .given([{ key: '7', type: 'TransferRequested', data: { from: 'ada', to: 'bob', amount: 500 } }])
 *   .when({ refused: 'account.withdraw', code: 'insufficient-funds' })
 *   .then({ commands: [], status: 'failed' })
 */
export function specifySaga<
  Event extends RecordedEvent,
  State,
  Target extends CommandTarget,
  TimerName extends string,
  Source extends EventSource,
>(
  definition: SagaDefinition<Event, State, Target, TimerName, Source>,
  { codec = jsonCodec }: { readonly codec?: Codec } = {},
): SagaSpecification<
  GivenInput<Source, CommandOf<Target>['command'], TimerName>,
  ExpectedSaga<State, SagaCommand<CommandOf<Target>>, TimerName>
> {
  async function check(
    given: readonly AnyGivenInput[],
    when: AnyGivenInput,
    expected: object,
  ): Promise<void> {
    const played = new PlayedSaga(new SagaRules(definition as AnySagaDefinition), codec)
    for (const input of [...given, when]) await played.give(input)
    report({ name: definition.name, given, when, actual: resultOf(played), expected })
  }
  return {
    given: (given = []) => ({
      when: (when) => ({
        // biome-ignore lint/suspicious/noThenProperty: given, when, then are the words; a forgotten one throws.
        then(expected) {
          if (typeof expected === 'function') {
            throw new TypeError(`Nothing is expected of ${definition.name}: call .then({ … }) before await.`)
          }
          return check(given as readonly AnyGivenInput[], when as AnyGivenInput, expected)
        },
      }),
    }),
  }
}

function resultOf({ record, advance }: PlayedSaga): Readonly<Record<string, unknown>> {
  const sent = advance?.entries.filter(({ type }) => type === 'CommandSent') ?? []
  const timers = Object.values(record?.timers ?? {}).flatMap((timer) =>
    'name' in timer ? [[timer.name, new Date(timer.due)] as const] : [],
  )
  return {
    commands: sent.map(({ data }) => {
      const { key: _key, attempt: _attempt, ...command } = data as Readonly<Record<string, unknown>>
      return command
    }),
    timers: Object.fromEntries(timers),
    state: record?.state,
    status: record?.status,
    reason: record?.reason ?? undefined,
  }
}

function report(scenario: {
  readonly name: string
  readonly given: readonly AnyGivenInput[]
  readonly when: AnyGivenInput
  readonly actual: Readonly<Record<string, unknown>>
  readonly expected: object
}): void {
  const { name, given, when, actual, expected } = scenario
  const wanted = Object.entries(expected)
  const differing = wanted.filter(([part, value]) => !isSame(actual[part], value))
  if (differing.length === 0) return
  throw new AssertionError({
    message: [
      `${name}: what follows is not what is expected`,
      ...section('given', given.map(show)),
      ...section('when', [show(when)]),
      ...section(
        'expected',
        differing.map(([part, value]) => `${part} ${show(value)}`),
      ),
      ...section(
        'actual',
        differing.map(([part]) => `${part} ${show(actual[part])}`),
      ),
      ...section(
        'differs',
        differing.flatMap(([part, value]) =>
          differences(actual[part], value).map((line) => `${part} ${line}`),
        ),
      ),
    ].join('\n'),
    actual: Object.fromEntries(differing.map(([part]) => [part, actual[part]])),
    expected: Object.fromEntries(differing),
  })
}
