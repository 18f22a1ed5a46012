import { randomFillSync } from 'node:crypto'

const random = Buffer.alloc(8192)
let used = random.length
let latest = 0
let sequence = 0

/**
 * A UUID version 7 as 16 bytes, for hand-written code: its time order keeps the index of ids fast. Ids of the same
 * millisecond count up.
 */
export function newEventId(): Buffer {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  const id = Buffer.from(random.subarray(used, used + 16))
  used += 16
  const now = Date.now()
  if (now > latest) {
    latest = now
    sequence = 0
  } else if (++sequence > 0xfff) {
    latest++
    sequence = 0
  }
  id.writeUIntBE(latest, 0, 6)
  id.writeUInt16BE(0x7000 | sequence, 6)
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8)
  return id
}
