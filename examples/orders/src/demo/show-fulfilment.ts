import { formatTable } from '@eventfold/example-terminal'
import type { openShop } from '../open-shop.ts'

type Shop = ReturnType<typeof openShop>

/** Three new orders: one goes well, one is not on the shelf, and of one the carrier takes no parcel. */
export async function showFulfilment({ bus, fulfilments }: Shop, print: (text: string) => void) {
  print('\nThree new orders, and a saga that fulfils them\n')
  await bus.send({ command: 'warehouse.receive', to: 'main', input: { sku: 'lamp', quantity: 5 } })
  await fulfilments.start()
  const at = '2026-01-01T12:00:00.000Z'
  const orders = [
    { order: 'new-1', sku: 'lamp', note: 'paid, and picked up' },
    { order: 'new-2', sku: 'sofa', note: 'not on the shelf' },
    { order: 'nowhere', sku: 'lamp', note: 'paid, but the carrier does not go there' },
  ]
  for (const { order, sku } of orders) {
    const items = [{ sku, quantity: 1, unitPrice: 49_00 }]
    await bus.send({
      command: 'order.place',
      to: order,
      input: { customer: 'ada', items, placedAt: at, estimatedAt: at },
    })
  }
  for (const order of ['new-1', 'nowhere']) await pay(bus, order)
  const rows = []
  for (const { order, note } of orders) {
    const { status, state } = await fulfilments.ended(order, { timeout: 30_000 })
    const undone = Object.keys(state.steps).filter((step) => state.steps[step] === 'compensated')
    const problem = Object.keys(state.problems).map((step) => `${step} failed`)
    rows.push({ order, what: note, ended: status, undone: [...undone.toReversed(), ...problem].join(', ') })
  }
  print(formatTable(rows, []))
  await fulfilments.stop()
}

/** The customer pays as soon as there is something to pay. */
async function pay(bus: Shop['bus'], order: string) {
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      await bus.send({ command: 'payment.receive', to: order, input: { amount: 49_00 } })
      return
    } catch (error) {
      const isEarly = (error as { code?: string }).code === 'payment-not-due'
      if (!isEarly || performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
