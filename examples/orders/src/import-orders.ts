import type { CommandOf, CommandSender } from '@eventfold/core'
import { Lanes } from '@eventfold/example-terminal'
import { lifeOf, type Oddity, type Step } from './life-of-order.ts'
import type { Order } from './order.ts'
import type { OrderRow } from './order-row.ts'

/** Commands under way at once. */
const concurrency = 64

export interface Imported {
  readonly orders: number
  readonly commands: number
  readonly oddities: ReadonlyMap<Oddity, number>
}

/**
 * Replays the lives of orders: every step a command, in the order of time over all orders. The steps of one order wait for
 * each other, those of different orders do not. For a store that has none of these orders yet.
 */
export async function importOrders(
  bus: CommandSender<CommandOf<typeof Order>>,
  rows: AsyncIterable<OrderRow>,
  { onProgress = () => {} }: { onProgress?: (done: number, of: number) => void } = {},
): Promise<Imported> {
  const steps: Step[] = []
  const oddities = new Map<Oddity, number>()
  let orders = 0
  for await (const row of rows) {
    const life = lifeOf(row)
    orders++
    steps.push(...life.steps)
    for (const oddity of life.oddities) oddities.set(oddity, (oddities.get(oddity) ?? 0) + 1)
  }
  steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const lanes = new Lanes(concurrency)
  let done = 0
  for (const { command } of steps) {
    await lanes.lineUp(command.to, async () => {
      await bus.send(command)
      onProgress(++done, steps.length)
    })
  }
  await lanes.finish()
  return { orders, commands: steps.length, oddities }
}
