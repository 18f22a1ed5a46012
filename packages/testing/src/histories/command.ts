import fc from 'fast-check'

/** A random step of a history. Small numbers, so that a smaller history can be found by making them smaller. */
export type Command =
  | AppendCommand
  | RetryCommand
  | StreamReadCommand
  | { readonly kind: 'info'; readonly stream: number }
  | LogReadCommand
  | { readonly kind: 'invalid'; readonly stream: number; readonly place: number }
  | {
      readonly kind: 'transaction'
      readonly commands: readonly (AppendCommand | RetryCommand | StreamReadCommand)[]
      readonly commits: boolean
    }
  | { readonly kind: 'reopen' }

export interface AppendCommand {
  readonly kind: 'append'
  readonly writes: readonly WriteSpec[]
}

/** The same append again, or with another order of its streams, or without its last event. */
export interface RetryCommand {
  readonly kind: 'retry'
  /** Which append, counted from the last. */
  readonly of: number
  readonly as: 'sent' | 'reordered' | 'shortened'
}

export interface WriteSpec {
  readonly stream: number
  /** A number is relative to the version that the stream is at. */
  readonly expected: 'any' | 'no-stream' | 'stream-exists' | number
  readonly events: readonly EventSpec[]
}

export interface EventSpec {
  /** Undefined for a new event; else which of the events sent before is sent again, counted from the last. */
  readonly again: number | undefined
  readonly type: number
  readonly value: number
  readonly tags: readonly number[]
}

export interface StreamReadCommand {
  readonly kind: 'readStream'
  readonly stream: number
  readonly from: number
  readonly to: number | undefined
  readonly backwards: boolean
  readonly limit: number | undefined
  readonly batchSize: number
}

export interface LogReadCommand {
  readonly kind: 'readLog'
  readonly category: number | undefined
  readonly stream: number | undefined
  readonly types: readonly number[]
  readonly tags: readonly number[]
  readonly backwards: boolean
  readonly limit: number
}

/** Two pairs of them share a prefix. */
export const streams: readonly string[] = [
  'account-1',
  'account-10',
  'accounting-1',
  'order-\u00e9',
  'order-e\u0301',
]
export const categories: readonly string[] = ['account', 'accounting', 'order', 'nothing']
export const types: readonly string[] = ['Opened', 'opened', 'Deposited']
export const tags: readonly string[] = ['a', 'b', 'a,b']

const streamIndex = fc.nat(streams.length - 1)
const someTags = fc.uniqueArray(fc.nat(tags.length - 1), { maxLength: 2 })

const event: fc.Arbitrary<EventSpec> = fc.record({
  again: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(5) }),
  type: fc.nat(types.length - 1),
  value: fc.nat(3),
  tags: someTags,
})

const write: fc.Arbitrary<WriteSpec> = fc.record({
  stream: streamIndex,
  expected: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom('any' as const, 'no-stream' as const, 'stream-exists' as const) },
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
  ),
  events: fc.array(event, { minLength: 1, maxLength: 4 }),
})

const append: fc.Arbitrary<AppendCommand> = fc.record({
  kind: fc.constant('append'),
  writes: fc.uniqueArray(write, { minLength: 1, maxLength: 3, selector: ({ stream }) => stream }),
})

const retry: fc.Arbitrary<RetryCommand> = fc.record({
  kind: fc.constant('retry'),
  of: fc.nat(4),
  as: fc.constantFrom('sent', 'sent', 'reordered', 'shortened'),
})

const readStream: fc.Arbitrary<StreamReadCommand> = fc.record({
  kind: fc.constant('readStream'),
  stream: streamIndex,
  from: fc.integer({ min: 1, max: 6 }),
  to: fc.option(fc.nat(8), { nil: undefined }),
  backwards: fc.boolean(),
  limit: fc.option(fc.nat(4), { nil: undefined }),
  batchSize: fc.integer({ min: 1, max: 5 }),
})

const readLog: fc.Arbitrary<LogReadCommand> = fc.record({
  kind: fc.constant('readLog'),
  category: fc.option(fc.nat(categories.length - 1), { nil: undefined }),
  stream: fc.option(streamIndex, { nil: undefined, freq: 2 }),
  types: fc.uniqueArray(fc.nat(types.length - 1), { maxLength: 2 }),
  tags: someTags,
  backwards: fc.boolean(),
  limit: fc.integer({ min: 1, max: 5 }),
})

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: append },
  { weight: 3, arbitrary: retry },
  { weight: 3, arbitrary: readStream },
  { weight: 3, arbitrary: readLog },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('info' as const), stream: streamIndex }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('invalid' as const), stream: streamIndex, place: fc.nat(2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      commands: fc.array(
        fc.oneof(
          { weight: 3, arbitrary: append },
          { weight: 1, arbitrary: retry },
          { weight: 1, arbitrary: readStream },
        ),
        { maxLength: 4 },
      ),
      commits: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
)

export const commands: fc.Arbitrary<Command[]> = fc.array(command, { maxLength: 25, size: 'max' })
