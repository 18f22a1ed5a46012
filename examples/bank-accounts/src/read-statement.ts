import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import type { Booking } from './booking.ts'
import { parseMoney } from './money.ts'
import { parseStatementDate } from './statement-date.ts'
import { StatementError } from './statement-error.ts'

const requiredColumns = ['trans_id', 'account_id', 'date', 'type', 'amount', 'balance'] as const

const kinds: Readonly<Record<string, Booking['kind']>> = { PRIJEM: 'credit', VYDAJ: 'debit', VYBER: 'debit' }

type Column = (typeof requiredColumns)[number]
type Row = Readonly<Record<Column, string>>

/**
 * Reads a bank's CSV statement row by row, whatever its size: all that grows with it is the set of references, in
 * which a duplicate shows.
 *
 * @throws StatementError for what is wrong in the file, with line and value; the error of the file system otherwise
 */
export async function* readStatement(path: string): AsyncGenerator<Booking> {
  let header: readonly string[] | undefined
  const columns = (names: string[]) => (header = checkHeader(names))
  const rows = parse({ delimiter: ';', bom: true, info: true, skip_empty_lines: true, columns })
  // The loop below throws what breaks the pipeline.
  pipeline(createReadStream(path), rows, () => {})
  const lineOfReference = new Map<string, number>()
  let lastDate = ''
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: Row; info: Info }>) {
      const booking = toBooking(record, info.lines)
      const { line, reference, bookedOn } = booking
      const firstLine = lineOfReference.get(reference)
      if (firstLine !== undefined) {
        const problem = `the booking reference "${reference}" stands on line ${firstLine} already.`
        throw new StatementError('duplicate-reference', { line, value: reference, problem })
      }
      if (bookedOn < lastDate) {
        const problem = `the date "${record.date}" is before that of the row above; rows must be in order of date.`
        throw new StatementError('dates-not-in-order', { line, value: record.date, problem })
      }
      lineOfReference.set(reference, line)
      lastDate = bookedOn
      yield booking
    }
    if (header === undefined) checkHeader([])
  } catch (error) {
    throw error instanceof CsvError ? toStatementError(error) : error
  }
}

function checkHeader(header: string[]) {
  for (const column of requiredColumns) {
    if (header.includes(column)) continue
    const problem = `there is no column "${column}" in the header.`
    throw new StatementError('missing-column', { line: 1, value: column, problem })
  }
  return header
}

function toBooking(row: Row, line: number): Booking {
  return {
    line,
    reference: required('trans_id'),
    account: required('account_id'),
    bookedOn: date(),
    kind: kind(),
    amount: money('amount', (amount) => amount > 0),
    bankBalance: money('balance'),
  }

  function required(column: Column) {
    const value = row[column]
    if (value !== '') return value
    throw new StatementError('missing-value', { line, value: column, problem: `"${column}" is empty.` })
  }

  function date() {
    const value = required('date')
    const parsed = parseStatementDate(value)
    if (parsed !== undefined) return parsed
    const problem = `"${value}" is not a date of the form YYMMDD.`
    throw new StatementError('bad-date', { line, value, problem })
  }

  function kind() {
    const value = required('type')
    const known = Object.hasOwn(kinds, value) ? kinds[value] : undefined
    if (known !== undefined) return known
    const problem = `the type "${value}" is unknown; known are ${Object.keys(kinds).join(', ')}.`
    throw new StatementError('unknown-type', { line, value, problem })
  }

  function money(column: 'amount' | 'balance', isAllowed = (_amount: number) => true) {
    const value = required(column)
    const parsed = parseMoney(value)
    if (parsed !== undefined && isAllowed(parsed)) return parsed
    const form = column === 'amount' ? 'a positive decimal number' : 'a decimal number'
    const problem = `the ${column} "${value}" is not ${form} with at most two decimal places.`
    throw new StatementError('bad-amount', { line, value, problem })
  }
}

function toStatementError(error: CsvError) {
  const line = typeof error['lines'] === 'number' ? error['lines'] : 1
  return new StatementError('malformed-csv', {
    line,
    value: error.code,
    problem: error.message,
    cause: error,
  })
}
