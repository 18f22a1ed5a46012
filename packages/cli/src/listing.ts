import type { Output } from './output.ts'
import { escapeControls, toJson } from './to-json.ts'

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string | number | undefined
  readonly align?: 'right'
  /** For the last column: what does not fit on a terminal goes on in the next line. Default: it is cut off. */
  readonly wraps?: boolean
}

/** Rows that decide how wide the columns are. */
const measuredRows = 200
/** Least width of the last column, on a narrow terminal. */
const narrowest = 20

/**
 * A list of any length: a table, or a line of JSON for each row. Memory holds the first rows, which decide the widths;
 * a later cell that is wider moves the rest of its row.
 */
export class Listing<Row> {
  readonly #output: Output
  readonly #columns: readonly Column<Row>[]
  readonly #toValue: (row: Row) => unknown
  #waiting: (readonly string[])[] = []
  #widths: readonly number[] | undefined
  #count = 0

  /** @param toValue what the JSON of a row is made of; default: the row */
  constructor(
    output: Output,
    columns: readonly Column<Row>[],
    toValue: (row: Row) => unknown = (row) => row,
  ) {
    this.#output = output
    this.#columns = columns
    this.#toValue = toValue
  }

  get count(): number {
    return this.#count
  }

  async add(row: Row): Promise<void> {
    this.#count++
    if (this.#output.json) return this.#output.write(toJson(this.#toValue(row)))
    const cells = this.#columns.map(({ cell }) => escapeControls(String(cell(row) ?? '')))
    if (this.#widths !== undefined) return this.#print(cells)
    this.#waiting.push(cells)
    if (this.#waiting.length >= measuredRows) await this.flush()
  }

  /** Prints what was added until now. */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    const rows = this.#waiting
    this.#waiting = []
    this.#widths = this.#columns.map(({ title }, index) =>
      Math.max(title.length, ...rows.map((cells) => cells[index]?.length ?? 0)),
    )
    await this.#print(this.#columns.map(({ title }) => title))
    for (const cells of rows) await this.#print(cells)
  }

  /** Prints the rest, or, to the terminal, that there was nothing. */
  async end(nothing: string): Promise<void> {
    await this.flush()
    if (this.#count === 0) this.#output.note(nothing)
  }

  #print(cells: readonly string[]): Promise<void> {
    const last = cells.length - 1
    const padded = cells.map((cell, index) => {
      const width = this.#widths?.[index] ?? 0
      if (this.#columns[index]?.align === 'right') return cell.padStart(width)
      return index === last ? cell : cell.padEnd(width)
    })
    return this.#output.write(this.#fit(padded))
  }

  /** A line, or several where the last cell would not fit into the terminal. */
  #fit(cells: readonly string[]): string {
    const { columns } = this.#output
    const last = cells.at(-1) ?? ''
    if (columns === undefined) return cells.join('  ').trimEnd()
    const before = cells.slice(0, -1)
    const used = before.reduce((sum, { length }) => sum + length + 2, 0)
    const room = Math.max(narrowest, columns - used)
    const parts = this.#columns.at(-1)?.wraps === true ? wrap(last, room) : [cut(last, room)]
    return parts
      .map((part, index) => [...(index === 0 ? before : [' '.repeat(Math.max(0, used - 2))]), part])
      .map((line) => line.join('  ').trimEnd())
      .join('\n')
  }
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`
}

/** Lines of whole words, where a word is not longer than a line. */
function wrap(text: string, room: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
