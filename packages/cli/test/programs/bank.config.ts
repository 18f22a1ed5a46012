import { defineConfig, type EventfoldConfig, withRepository } from '@eventfold/cli'
import {
  type Consumer,
  commandBus,
  type DocumentReadModel,
  DomainError,
  defineAggregate,
  defineProjection,
  defineReactor,
  defineService,
  defineStepSaga,
  type EventStore,
  type ReadModelOptions,
  react,
  readModel,
  repository,
  type Saga,
  saga,
  service,
  typeOf,
} from '@eventfold/core'
import { z } from 'zod'

const amount = z.object({ cents: z.int().positive() })

const Account = defineAggregate('account', {
  initialState: { owner: '', cents: 0 },
  events: { AccountOpened: z.object({ owner: z.string() }), MoneyDeposited: amount, MoneyWithdrawn: amount },
  evolve: {
    AccountOpened: (state, { owner }) => ({ ...state, owner }),
    MoneyDeposited: (state, { cents }) => ({ ...state, cents: state.cents + cents }),
    MoneyWithdrawn: (state, { cents }) => ({ ...state, cents: state.cents - cents }),
  },
  commands: { open: z.object({ owner: z.string() }), deposit: amount, withdraw: amount },
  decide: {
    open: (_state, data) => [{ type: 'AccountOpened', data }],
    deposit: (_state, data) => [{ type: 'MoneyDeposited', data }],
    withdraw: (_state, data) => [{ type: 'MoneyWithdrawn', data }],
  },
})

const Transfer = defineAggregate('transfer', {
  initialState: {},
  events: { TransferRequested: z.object({ from: z.string(), to: z.string() }) },
  evolve: { TransferRequested: (state) => state },
})

export interface Balance {
  readonly owner: string
  readonly cents: number
}

const Balances = defineProjection('balances', {
  of: [Account],
  initialState: { owner: '', cents: 0 } as Balance,
  on: {
    AccountOpened: (balance, { data }) => ({ ...balance, owner: data.owner }),
    MoneyDeposited: (balance, { data }) => ({ ...balance, cents: balance.cents + data.cents }),
    MoneyWithdrawn: (balance, { data }) => ({ ...balance, cents: balance.cents - data.cents }),
  },
})

const Greeter = defineReactor('greeter', {
  services: typeOf<{ greet: (owner: string) => void }>(),
  of: [Account],
  on: { AccountOpened: ({ data }, { services }) => services.greet(data.owner) },
})

const Bank = defineService('bank', {
  commands: { withdraw: z.object({}), deposit: z.object({}) },
})

const MoneyTransfer = defineStepSaga('moneyTransfer', {
  of: [Transfer],
  sends: [Bank],
  startedBy: ['TransferRequested'],
  data: ({ data }) => data,
  steps: [
    {
      name: 'withdraw',
      action: ({ from }) => ({ command: 'bank.withdraw', to: from, input: {} }),
      compensation: ({ from }) => ({ command: 'bank.deposit', to: from, input: {} }),
    },
    { name: 'deposit', action: ({ to }) => ({ command: 'bank.deposit', to, input: {} }) },
  ],
})

const snapshots = { every: 2 }

const config: EventfoldConfig = defineConfig({
  aggregates: [withRepository(Account, { snapshots }), Transfer],
  projections: [Balances],
  consumers: [Greeter],
  sagas: [MoneyTransfer],
})
export default config

/** Two accounts: account-1 with three events, account-2 with one. */
export async function openAccounts(store: EventStore): Promise<void> {
  const accounts = repository(Account, store)
  await accounts.execute('1', 'open', { owner: 'Ada' })
  await accounts.execute('1', 'deposit', { cents: 500 })
  await accounts.execute('2', 'open', { owner: 'Bob' })
  await accounts.execute('1', 'withdraw', { cents: 120 })
}

/** Loads an account, and waits for the snapshot that the load takes. */
export async function takeSnapshot(store: EventStore, account: string, stateVersion = 1): Promise<void> {
  const accounts = repository(Account, store, { snapshots: { ...snapshots, stateVersion } })
  await accounts.load(account)
  await accounts.snapshots?.settled()
}

/** Resolves with the position of the event. */
export async function deposit(store: EventStore, account: string, cents: number): Promise<number> {
  const { appended } = await repository(Account, store).execute(account, 'deposit', { cents })
  return appended?.position ?? 0
}

export function openBalances(
  store: EventStore,
  options: ReadModelOptions & { readonly mode: 'inline' | 'async' },
): DocumentReadModel<Balance, Record<never, never>> {
  return readModel(Balances, store, options)
}

/** Greets, or throws; what fails is parked at once. */
export function openGreeter(store: EventStore, greet: (owner: string) => void): Consumer {
  return react(Greeter, store, {
    services: { greet },
    onFailure: 'park',
    retry: { attempts: 1 },
    pollInterval: 20,
  })
}

/** Transfers, of which nothing can be undone while the bank takes no deposits. */
export function openTransfers(store: EventStore, isOpen: () => boolean): Saga {
  const bank = service(Bank, {
    withdraw: () => {},
    deposit: () => {
      if (!isOpen()) throw new DomainError('closed', 'no deposits today')
    },
  })
  return saga(MoneyTransfer, store, {
    bus: commandBus(store, { services: [bank] }),
    pollInterval: 20,
  }) as Saga
}
