import { defineUpcasters, type Upcasters } from '@eventfold/core'

/** How orders were placed first: one thing, at a price in units of money with a fraction. */
interface PlacedFirst {
  readonly customer: string
  readonly sku: string
  readonly quantity: number
  readonly price: number
  readonly placedAt: string
  readonly estimatedAt: string
}

/** Then there were several things, and prices in minor units; the total was summed up by whoever asked. */
interface PlacedThen extends Omit<PlacedFirst, 'sku' | 'quantity' | 'price'> {
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[]
}

/** The shop has changed twice. What it told of its orders before is read as it would be told today. */
export const earlierEvents: Upcasters = defineUpcasters({
  OrderPlaced: [
    ({ sku, quantity, price, ...placing }: PlacedFirst): PlacedThen => ({
      ...placing,
      items: [{ sku, quantity, unitPrice: Math.round(price * 100) }],
    }),
    (placing: PlacedThen) => ({
      ...placing,
      total: placing.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
    }),
  ],

  /** The same, by the word of the warehouse. */
  OrderSent: [{ as: 'OrderShipped' }],

  /** Payment and packing were one step, on the same day. */
  OrderPaidAndPacked: [
    {
      into: { OrderPaid: 1, OrderProcessed: 1 },
      upcast: ({ at, amount }: { at: string; amount: number }) => [
        { type: 'OrderPaid', data: { at, amount: Math.round(amount * 100) } },
        { type: 'OrderProcessed', data: { at } },
      ],
    },
  ],

  /** That somebody looked at an order is nothing that happened to it. */
  OrderViewed: ['drop'],
})
