import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { type FinalStatus, finalStatuses, type OrderRow } from './order-row.ts'
import { RowError } from './row-error.ts'

/**
 * The orders of an export, in the order of the file.
 *
 * @throws RowError a row cannot be understood
 */
export async function* readOrders(path: string): AsyncGenerator<OrderRow, void, undefined> {
  const rows = createReadStream(path).pipe(
    parse({ columns: true, info: true, bom: true, skip_empty_lines: true }),
  )
  for await (const { record, info } of rows as AsyncIterable<{
    record: Record<string, string | undefined>
    info: { lines: number }
  }>) {
    yield toRow(record, info.lines)
  }
}

function toRow(record: Record<string, string | undefined>, line: number): OrderRow {
  const text = (column: string) => {
    const value = record[column]
    if (value === undefined || value === '') throw new RowError(line, `it has no ${column}.`)
    return value
  }
  const time = (column: string) => {
    const value = record[column]
    return value === undefined || value === '' ? undefined : parseTime(value, line)
  }
  const status = finalStatuses.find((known) => known === text('order_status'))
  if (status === undefined) throw new RowError(line, `"${record['order_status']}" is no status of an order.`)
  return {
    line,
    order: text('order_id'),
    customer: text('customer_id'),
    status: status satisfies FinalStatus,
    placedAt: parseTime(text('order_purchase_timestamp'), line),
    approvedAt: time('order_approved_at'),
    shippedAt: time('order_delivered_carrier_date'),
    deliveredAt: time('order_delivered_customer_date'),
    estimatedAt: parseTime(text('order_estimated_delivery_date'), line),
  }
}

/** `M/D/YYYY H:MM`, taken for UTC, as an ISO time. */
function parseTime(text: string, line: number) {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})$/.exec(text)
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (match?.slice(1) ?? []).map(Number)
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute))
  const isThere = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && hour < 24 && minute < 60
  if (match === null || !isThere) throw new RowError(line, `"${text}" is no time, such as 10/2/2017 10:56.`)
  return time.toISOString()
}
