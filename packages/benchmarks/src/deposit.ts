import { z } from 'zod'

/** The event of every workload: 200 bytes of data as JSON. */
export const eventBytes = 200

export type Deposit = {
  readonly cents: number
  readonly currency: string
  readonly reference: string
  readonly payer: { readonly name: string; readonly account: string }
  readonly note: string
}

export type MoneyDeposited = { readonly type: 'MoneyDeposited'; readonly data: Deposit }

export const depositSchema: z.ZodType<Deposit, Deposit> = z.object({
  cents: z.int().positive(),
  currency: z.string(),
  reference: z.string(),
  payer: z.object({ name: z.string(), account: z.string() }),
  note: z.string(),
})

/** What every contender folds a stream into. */
export interface Balance {
  readonly cents: number
  readonly deposits: number
}

export const noBalance: Balance = { cents: 0, deposits: 0 }

/** The same function for every contender. */
export function addDeposit(balance: Balance, { cents }: Deposit): Balance {
  return { cents: balance.cents + cents, deposits: balance.deposits + 1 }
}

export function addBalances(a: Balance, b: Balance): Balance {
  return { cents: a.cents + b.cents, deposits: a.deposits + b.deposits }
}

/** Made before anything is measured; an event is used many times. */
const pool: readonly MoneyDeposited[] = Array.from({ length: 1000 }, (_, index) => ({
  type: 'MoneyDeposited',
  data: makeDeposit(index),
}))

/** The events number `from` to `from + count - 1` of an endless sequence. */
export function deposits(from: number, count: number): readonly MoneyDeposited[] {
  return Array.from({ length: count }, (_, index) => pool[(from + index) % pool.length] as MoneyDeposited)
}

function makeDeposit(number: number): Deposit {
  const deposit: Deposit = {
    cents: 100 + ((number * 7919) % 90_000),
    currency: 'EUR',
    reference: `R-${String(number).padStart(9, '0')}`,
    payer: { name: 'Ada Lovelace', account: 'GB29NWBK60161331926819' },
    note: '',
  }
  const missing = eventBytes - JSON.stringify(deposit).length
  return { ...deposit, note: 'thank you for the analytical engine '.repeat(8).slice(0, missing) }
}
