/** Type json in the catalog of Postgres. */
const jsonType = 114
const headerSize = 20

/**
 * A json[] as Postgres sends it in binary, where no text has to be quoted: JSON is full of quotes. Undefined becomes
 * NULL. The array is not empty.
 */
export function jsonArray(texts: readonly (string | undefined)[]): Buffer {
  let size = headerSize
  for (const text of texts) size += 4 + (text === undefined ? 0 : Buffer.byteLength(text))
  const array = Buffer.allocUnsafe(size)
  array.writeInt32BE(1, 0) // dimensions
  array.writeInt32BE(texts.includes(undefined) ? 1 : 0, 4)
  array.writeInt32BE(jsonType, 8)
  array.writeInt32BE(texts.length, 12)
  array.writeInt32BE(1, 16) // first index
  let offset = headerSize
  for (const text of texts) {
    const length = text === undefined ? -1 : array.write(text, offset + 4)
    offset = array.writeInt32BE(length, offset) + Math.max(length, 0)
  }
  return array
}
