/** A row of an export of orders, with the times of the steps of its life as ISO times, where there are any. */
export interface OrderRow {
  readonly line: number
  readonly order: string
  readonly customer: string
  readonly status: FinalStatus
  readonly placedAt: string
  readonly approvedAt: string | undefined
  readonly shippedAt: string | undefined
  readonly deliveredAt: string | undefined
  readonly estimatedAt: string
}

export const finalStatuses = [
  'delivered',
  'shipped',
  'canceled',
  'unavailable',
  'processing',
  'invoiced',
] as const

export type FinalStatus = (typeof finalStatuses)[number]
