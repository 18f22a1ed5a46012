import type { IdSource } from './clock.ts'

/** Random bytes of one id: four for where its counter begins, and six for its end. */
const bytesPerId = 10
const idsPerPool = 256
const maxCounter = 0xffff_ffff

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * Ids of UUID version 7 (RFC 9562) that grow with every call in this process: by the clock, and within a millisecond
 * by the 32-bit counter of method 2 of its section 6.2. Random bytes are drawn for many ids at once, and the time is
 * put down once for all ids of a millisecond: one of the `uuid` package costs several times as much.
 */
export function timeOrderedIds(): IdSource {
  const pool = new Uint8Array(bytesPerId * idsPerPool)
  const view = new DataView(pool.buffer)
  let offset = pool.length
  let milliseconds = 0
  let time = ''
  let counter = 0

  function begin(millisecond: number, first: number): void {
    const digits = millisecond.toString(16).padStart(12, '0')
    milliseconds = millisecond
    time = `${digits.slice(0, 8)}-${digits.slice(8)}-`
    counter = first
  }

  return () => {
    if (offset === pool.length) {
      crypto.getRandomValues(pool)
      offset = 0
    }
    const now = Date.now()
    // The highest bit stays free, so that a millisecond always has room for two thousand million ids.
    if (now > milliseconds) begin(now, view.getUint32(offset) >>> 1)
    else if (counter === maxCounter) begin(milliseconds + 1, 0)
    else counter++
    const end = offset + 4
    offset += bytesPerId
    return (
      time +
      byte(0x70 | (counter >>> 28)) +
      byte(counter >>> 20) +
      '-' +
      byte(0x80 | ((counter >>> 14) & 0x3f)) +
      byte(counter >>> 6) +
      '-' +
      byte((counter << 2) | (view.getUint8(end) & 0x03)) +
      byte(view.getUint8(end + 1)) +
      byte(view.getUint8(end + 2)) +
      byte(view.getUint8(end + 3)) +
      byte(view.getUint8(end + 4)) +
      byte(view.getUint8(end + 5))
    )
  }
}

/** The lowest eight bits, as two digits. */
function byte(value: number): string {
  return hex[value & 0xff] as string
}
