import assert from 'node:assert/strict'
import {
  type AggregateDefinition,
  type Command,
  type CommandBus,
  type CommandOf,
  type CommandSender,
  commandBus,
  DomainError,
  defineAggregate,
  defineStepSaga,
  type EventStore,
  type RecordedEvent,
  type RepositoryOf,
  repository,
  type Saga,
  type SagaDefinition,
  type SagaOptions,
  type StandardSchema,
  type StepSagaState,
  saga,
  typeOf,
} from '@eventfold/core'
import { documentsOf } from './document-collection.ts'

type Amount = StandardSchema<{ cents: number }>
type Moved = { readonly from: string; readonly to: string; readonly cents: number }

/** An account that refuses to go below zero. */
export const Account: AggregateDefinition<
  { Deposited: Amount; Withdrawn: Amount },
  number,
  { deposit: Amount; withdraw: Amount },
  unknown,
  'account'
> = defineAggregate('account', {
  initialState: 0,
  events: { Deposited: typeOf<{ cents: number }>(), Withdrawn: typeOf<{ cents: number }>() },
  evolve: {
    Deposited: (state, { cents }) => state + cents,
    Withdrawn: (state, { cents }) => state - cents,
  },
  commands: { deposit: typeOf<{ cents: number }>(), withdraw: typeOf<{ cents: number }>() },
  decide: {
    deposit: (_state, data) => [{ type: 'Deposited', data }],
    withdraw: (state, data) => {
      if (state < data.cents) throw new DomainError('insufficient-funds', `only ${state} left`)
      return [{ type: 'Withdrawn', data }]
    },
  },
})

export const Transfer: AggregateDefinition<
  { TransferRequested: StandardSchema<Moved> },
  null,
  Record<never, never>,
  unknown,
  'transfer'
> = defineAggregate('transfer', {
  initialState: null,
  events: { TransferRequested: typeOf<Moved>() },
  evolve: { TransferRequested: () => null },
})

/** Withdraws here, deposits there, and undoes the first where the second is refused. */
export const Move: SagaDefinition<
  RecordedEvent<'TransferRequested', Moved>,
  StepSagaState<Moved>,
  typeof Account,
  'step',
  typeof Transfer
> = defineStepSaga('move', {
  of: [Transfer],
  sends: [Account],
  startedBy: ['TransferRequested'],
  data: ({ data }) => data,
  steps: [
    {
      name: 'withdraw',
      action: ({ from, cents }) => ({ command: 'account.withdraw', to: from, input: { cents } }),
      compensation: ({ from, cents }) => ({ command: 'account.deposit', to: from, input: { cents } }),
    },
    {
      name: 'deposit',
      action: ({ to, cents }) => ({ command: 'account.deposit', to, input: { cents } }),
    },
  ],
})

/** For cases in which nobody dies: a slow machine must not look like a dead instance. */
export const calmSaga: Omit<SagaOptions, 'bus'> = {
  pollInterval: 50,
  batchInterval: 0,
  leaseTime: 60_000,
  retry: { attempts: 3, firstPause: 1, longestPause: 5 },
}

/** For cases in which an instance is to be taken for dead soon. */
export const hastySaga: Omit<SagaOptions, 'bus'> = { ...calmSaga, leaseTime: 90 }

/** Accounts on a store, and the processes that move money between them. */
export class TestBank {
  readonly store: EventStore
  readonly accounts: RepositoryOf<typeof Account>
  readonly bus: CommandBus<typeof Account>

  constructor(store: EventStore) {
    documentsOf(store)
    this.store = store
    this.accounts = repository(Account, store)
    this.bus = commandBus(store, { aggregates: [this.accounts] })
  }

  /** @param before called before each command; what it throws is what comes of the command */
  moves(
    options: Omit<SagaOptions, 'bus'> = calmSaga,
    before: (command: Command) => unknown = () => {},
  ): Saga<StepSagaState<Moved>> {
    const send: CommandSender<CommandOf<typeof Account>>['send'] = async (command, sendOptions) => {
      await before(command)
      return this.bus.send(command, sendOptions)
    }
    return this.movesBy(send, options)
  }

  movesBy(
    send: CommandSender<CommandOf<typeof Account>>['send'],
    options: Omit<SagaOptions, 'bus'>,
  ): Saga<StepSagaState<Moved>> {
    return saga(Move, this.store, { from: 'beginning', ...options, bus: { send } })
  }

  async deposit(account: string, cents: number): Promise<void> {
    await this.accounts.execute(account, 'deposit', { cents })
  }

  /** Asks for a transfer. Resolves with the position of that. */
  async request(key: string, from: string, to: string, cents: number): Promise<number> {
    const data = { from, to, cents }
    const { position } = await this.store.append(`transfer-${key}`, [{ type: 'TransferRequested', data }])
    return position
  }

  /** Every account holds just so much, and no event of theirs is doubled or missing. */
  async check(balances: Readonly<Record<string, number>>, events?: number): Promise<void> {
    const found: Record<string, number> = {}
    let count = 0
    for (const account of Object.keys(balances)) {
      const { state, version } = await this.accounts.load(account)
      found[account] = state
      count += version
    }
    assert.deepEqual(found, balances)
    if (events !== undefined) assert.equal(count, events, 'events of the accounts')
  }
}
