import { DomainError, defineAggregate } from '@eventfold/core'
import { z } from 'zod'

const Line = z.object({ sku: z.string().min(1), quantity: z.int().positive() })
const Reservation = z.object({ order: z.string(), items: z.array(Line).min(1) })

type Stock = Readonly<Record<string, number>>

interface State {
  readonly free: Stock
  readonly reserved: Readonly<Record<string, readonly z.infer<typeof Line>[]>>
}

/** What is on the shelves, and for whom. It reserves for an order once, and never what is not there. */
export const Warehouse = defineAggregate('warehouse', {
  initialState: { free: {}, reserved: {} } as State,

  events: {
    StockReceived: Line,
    StockReserved: Reservation,
    StockReleased: Reservation,
  },

  evolve: {
    StockReceived: (state, line) => ({ ...state, free: add(state.free, [line], 1) }),
    StockReserved: (state, { order, items }) => ({
      free: add(state.free, items, -1),
      reserved: { ...state.reserved, [order]: items },
    }),
    StockReleased: (state, { order, items }) => {
      const { [order]: _, ...reserved } = state.reserved
      return { free: add(state.free, items, 1), reserved }
    },
  },

  commands: { receive: Line, reserve: Reservation, release: z.object({ order: z.string() }) },

  decide: {
    receive: (_state, line) => [{ type: 'StockReceived', data: line }],
    reserve(state, reservation) {
      if (Object.hasOwn(state.reserved, reservation.order)) return []
      const missing = reservation.items.find(
        ({ sku }) => quantityOf(state.free, sku) < quantityIn(reservation.items, sku),
      )
      if (missing !== undefined) {
        const free = quantityOf(state.free, missing.sku)
        throw new DomainError('out-of-stock', `There are ${free} of ${missing.sku}.`)
      }
      return [{ type: 'StockReserved', data: reservation }]
    },
    release(state, { order }) {
      const items = Object.hasOwn(state.reserved, order) ? state.reserved[order] : undefined
      return items === undefined ? [] : [{ type: 'StockReleased', data: { order, items: [...items] } }]
    },
  },
})

function add(stock: Stock, items: readonly z.infer<typeof Line>[], sign: 1 | -1): Stock {
  const next = { ...stock }
  for (const { sku, quantity } of items) next[sku] = quantityOf(next, sku) + sign * quantity
  return next
}

function quantityOf(stock: Stock, sku: string) {
  return Object.hasOwn(stock, sku) ? (stock[sku] ?? 0) : 0
}

/** An order may list a sku more than once. */
function quantityIn(items: readonly z.infer<typeof Line>[], sku: string) {
  return items.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0)
}
