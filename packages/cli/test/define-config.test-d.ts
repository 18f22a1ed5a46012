import { defineConfig } from '@eventfold/cli'
import {
  defineAggregate,
  defineProjection,
  defineReactor,
  defineSaga,
  defineTableProjection,
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
    aggregates: [Account],
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
  // @ts-expect-error an aggregate is no projection
  defineConfig({ projections: [Account] })
  // @ts-expect-error a reactor is no saga
  defineConfig({ sagas: [Mailer] })
  // @ts-expect-error a number is no store
  defineConfig({ store: 7 })
  // @ts-expect-error there is no such field
  defineConfig({ stores: 'bank.db' })
})
