import { defineConfig, withRepository } from '@eventfold/cli'
import {
  defineAggregate,
  defineOutbox,
  defineProjection,
  defineReactor,
  defineSaga,
  defineTableProjection,
  defineUpcasters,
  typeOf,
} from '@eventfold/core'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import type Database from 'better-sqlite3'
import { expectTypeOf, test } from 'vitest'

const Account = defineAggregate('account', {
  initialState: { cents: 0 },
  events: { Deposited: typeOf<{ cents: number }>() },
  evolve: { Deposited: (state, { cents }) => ({ cents: state.cents + cents }) },
  commands: { deposit: typeOf<{ cents: number }>() },
  decide: { deposit: (_state, data) => [{ type: 'Deposited', data }] },
})
const of = [Account]
const Balances = defineProjection('balances', {
  of,
  initialState: { cents: 0 },
  fields: ['cents'],
  on: { Deposited: (_balance, { data }) => data },
})
const Lines = defineTableProjection('lines', {
  of,
  database: typeOf<Database.Database>(),
  tables: ['lines'],
  setUp: () => {},
  on: { Deposited: (database, { data }, table) => database.exec(`${table.lines} ${data.cents}`) },
})
const Mailer = defineReactor('mailer', {
  of,
  services: typeOf<{ mail: () => void }>(),
  on: { Deposited: (_event, { services }) => services.mail() },
})
const Notices = defineOutbox('notices', { messages: { Sent: typeOf<{ to: string }>() } })
const Guests = defineAggregate('guests', {
  services: typeOf<{ now: () => Date }>(),
  initialState: () => new Set<string>(),
  events: { GuestCame: typeOf<{ name: string }>() },
  evolve: { GuestCame: (guests, { name }) => new Set(guests).add(name) },
})
const Bonus = defineSaga('bonus', {
  of,
  sends: of,
  initialState: 0,
  startedBy: ['Deposited'],
  on: {
    Deposited: (_state, _event, { key }) => ({
      send: [{ command: 'account.deposit', to: key, input: { cents: 1 } }],
    }),
  },
})

test('a config takes definitions of every kind, and stores of every kind', () => {
  defineConfig({
    store: ({ migrate }) => {
      expectTypeOf(migrate).toEqualTypeOf<boolean>()
      return openPostgres({ connectionString: '', migrate })
    },
    aggregates: [
      Account,
      withRepository(Guests, {
        snapshots: {
          every: 10,
          toJson: (guests) => [...guests],
          fromJson: (json) => new Set(json as string[]),
        },
      }),
    ],
    outboxes: [Notices],
    upcasters: defineUpcasters({ Deposited: ['drop'] }),
    projections: [Balances, Lines],
    consumers: [Mailer, { name: 'outbox:notices', filter: { category: 'outbox:notices' } }],
    sagas: [Bonus],
  })
  defineConfig({ store: () => openSqlite('bank.db') })
  defineConfig({ store: 'postgres://localhost/bank', schema: 'bank' })
})

test('a config takes nothing else', () => {
  // @ts-expect-error a projection is no aggregate
  defineConfig({ aggregates: [Balances] })
  // @ts-expect-error a set is not what the state is made of
  withRepository(Account, { snapshots: { fromJson: () => new Set<string>() } })
  // @ts-expect-error an aggregate is no outbox
  defineConfig({ outboxes: [Account] })
  // @ts-expect-error an aggregate is no projection
  defineConfig({ projections: [Account] })
  // @ts-expect-error a reactor is no saga
  defineConfig({ sagas: [Mailer] })
  // @ts-expect-error a number is no store
  defineConfig({ store: 7 })
  // @ts-expect-error there is no such field
  defineConfig({ stores: 'bank.db' })
})
