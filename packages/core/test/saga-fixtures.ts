import {
  type AggregateDefinition,
  type Command,
  type CommandResult,
  type CommandSender,
  DomainError,
  defineAggregate,
  defineSaga,
  defineService,
  type RecordedEvent,
  type SagaDefinition,
  type SendOptions,
  type ServiceDefinition,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'

type Requested = { readonly from: string; readonly to: string; readonly cents: number }

type TransferEvents = {
  readonly TransferRequested: StandardSchema<Requested>
  readonly TransferCancelled: StandardSchema<Record<never, never>>
}

/** Requests of transfers: what starts the sagas of the tests. */
export const Transfer: AggregateDefinition<
  TransferEvents,
  null,
  Record<never, never>,
  unknown,
  'transfer'
> = defineAggregate('transfer', {
  initialState: null,
  events: { TransferRequested: typeOf<Requested>(), TransferCancelled: typeOf<Record<never, never>>() },
  evolve: { TransferRequested: () => null, TransferCancelled: () => null },
})

type Amount = StandardSchema<{ cents: number }>

/** Accounts somewhere else. */
export const Bank: ServiceDefinition<
  { withdraw: Amount; deposit: Amount },
  Record<never, never>,
  'bank'
> = defineService('bank', {
  commands: { withdraw: typeOf<{ cents: number }>(), deposit: typeOf<{ cents: number }>() },
})

export interface MoveState {
  readonly from: string
  readonly to: string
  readonly cents: number
}

/** Withdraws, deposits, and deposits back where that is refused. */
export const Move: SagaDefinition<
  RecordedEvent<'TransferRequested', Requested> | RecordedEvent<'TransferCancelled', Record<never, never>>,
  MoveState,
  typeof Bank,
  'deadline',
  typeof Transfer
> = defineSaga('move', {
  of: [Transfer],
  sends: [Bank],
  startedBy: ['TransferRequested'],
  initialState: { from: '', to: '', cents: 0 } as MoveState,
  on: {
    TransferRequested: (_state, { data }) => ({
      state: data,
      send: [{ command: 'bank.withdraw', to: data.from, input: { cents: data.cents } }],
      set: { deadline: { after: 1_000 } },
    }),
    TransferCancelled: () => ({ end: 'failed', reason: 'cancelled' }),
  },
  onDone: {
    'bank.withdraw': ({ to, cents }) => ({
      send: [{ command: 'bank.deposit', to, input: { cents }, as: 'credit' }],
    }),
    'bank.deposit': (_state, { as }) =>
      as === 'credit' ? { end: 'completed' } : { end: 'failed', reason: 'refunded' },
  },
  onRefused: {
    'bank.withdraw': (_state, { error }) => ({ end: 'failed', reason: error.message }),
    'bank.deposit': ({ from, cents }, { as, error }) =>
      as === 'credit'
        ? { send: [{ command: 'bank.deposit', to: from, input: { cents }, as: 'refund' }] }
        : { stuck: `no refund: ${error.message}` },
  },
  onTimer: {
    deadline: () => ({ stuck: 'it takes too long' }),
  },
})

/** Carries out commands by functions, each once per idempotency key, and notes what was sent. */
export class FakeBank implements CommandSender {
  readonly sent: { readonly command: Command; readonly options: SendOptions | undefined }[] = []
  readonly done: Map<string, CommandResult> = new Map()
  /** What a command does instead of being carried out. */
  reply: (command: Command) => unknown = () => undefined

  readonly send = async (command: Command, options?: SendOptions): Promise<CommandResult> => {
    this.sent.push({ command, options })
    const key = options?.idempotencyKey ?? ''
    const before = this.done.get(key)
    if (before !== undefined) return { ...before, repeated: true }
    const value = await this.reply(command)
    const result: CommandResult = {
      id: options?.id ?? '',
      stream: undefined,
      version: undefined,
      position: undefined,
      events: [],
      value,
      repeated: false,
    }
    this.done.set(key, result)
    return result
  }

  /** The commands that were sent, as text. */
  get log(): readonly string[] {
    return this.sent.map(({ command: { command, to } }) => `${command} ${to}`)
  }
}

/** A reply that refuses some commands. */
export function refusing(...refused: readonly string[]): (command: Command) => void {
  return ({ command, to }) => {
    if (refused.includes(`${command} ${to}`)) throw new DomainError('refused', `${command} ${to} is refused`)
  }
}

/** Data of a request. */
export function requested(
  from = 'ada',
  to = 'bob',
  cents = 5,
): { type: 'TransferRequested'; data: Requested } {
  return { type: 'TransferRequested', data: { from, to, cents } }
}
