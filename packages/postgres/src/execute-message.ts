import type { Statement, Value } from './statement.ts'

/** A prepared statement and the values for its parameters. */
export interface Bound {
  readonly statement: Statement
  readonly values: readonly Value[]
}

const execute = [0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0] // Execute: the unnamed portal, all rows
const sync = [0x53, 0, 0, 0, 4] // Sync

/**
 * For each execution the messages Bind and Execute of the protocol of Postgres, and Sync after the last, all in one: a
 * write to the socket costs more than to put together what is written. Buffers are sent as binary, everything else as
 * text, and rows come back as text.
 */
export function executeMessage(executions: readonly Bound[]): Buffer {
  let room = sync.length
  for (const { statement, values } of executions) {
    room += roomOf(statement.name) + fixedRoom
    for (const value of values) room += roomOf(value) + roomPerValue
  }
  const message = Buffer.allocUnsafe(room)
  let offset = 0
  for (const execution of executions) offset = writeExecution(message, execution, offset)
  message.set(sync, offset)
  return message.subarray(0, offset + sync.length)
}

function writeExecution(message: Buffer, { statement, values }: Bound, start: number): number {
  message[start] = 0x42 // Bind; its length is filled in later
  message[start + 5] = 0 // the unnamed portal
  let offset = start + 6 + message.write(statement.name, start + 6)
  message[offset++] = 0
  offset = message.writeInt16BE(values.length, offset)
  for (const value of values) offset = message.writeInt16BE(value instanceof Buffer ? 1 : 0, offset)
  offset = message.writeInt16BE(values.length, offset)
  for (const value of values) offset = writeValue(message, value, offset)
  offset = message.writeInt16BE(0, offset) // rows as text
  message.writeInt32BE(offset - start - 1, start + 1)
  message.set(execute, offset)
  return offset + execute.length
}

function writeValue(message: Buffer, value: Value, offset: number): number {
  if (value === null) return message.writeInt32BE(-1, offset)
  const start = offset + 4
  let size: number
  if (value instanceof Buffer) {
    size = value.length
    message.set(value, start)
  } else {
    size = message.write(typeof value === 'string' ? value : String(value), start)
  }
  message.writeInt32BE(size, offset)
  return start + size
}

/** For its format and its length. */
const roomPerValue = 2 + 4

/** For kind, length, portal, the end of the name, two numbers of values, the format of the rows, and the rest. */
const fixedRoom = 1 + 4 + 1 + 1 + 2 + 2 + 2 + execute.length

/** Counting the bytes of a short text costs more than the room that it saves. */
function roomOf(value: Value): number {
  if (typeof value === 'string') return value.length < 1000 ? value.length * 3 : Buffer.byteLength(value)
  return value instanceof Buffer ? value.length : longestNumber
}

/** Characters of the longest number, and of a boolean. */
const longestNumber = 24
