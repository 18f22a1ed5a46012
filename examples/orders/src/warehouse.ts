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
      const missing = reservation.items.find(({ sku, quantity }) => (state.free[sku] ?? 0) < quantity)
      if (missing !== undefined) {
        throw new DomainError('out-of-stock', `There are ${state.free[missing.sku] ?? 0} of ${missing.sku}.`)
      }
      return [{ type: 'StockReserved', data: reservation }]
    },
    release(state, { order }) {
      const items = state.reserved[order]
      return items === undefined ? [] : [{ type: 'StockReleased', data: { order, items: [...items] } }]
    },
  },
})

function add(stock: Stock, items: readonly z.infer<typeof Line>[], sign: 1 | -1): Stock {
  const next = { ...stock }
  for (const { sku, quantity } of items) next[sku] = (next[sku] ?? 0) + sign * quantity
  return next
}
