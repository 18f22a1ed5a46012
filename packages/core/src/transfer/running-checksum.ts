/** Signed: then no step of the loop leaves the small integers. */
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

const encoder = new TextEncoder()

/** CRC-32, as of gzip and zip, of the UTF-8 bytes of all text until now. */
export class RunningChecksum {
  #state = -1

  add(text: string): void {
    const bytes = encoder.encode(text)
    let state = this.#state
    for (let index = 0; index < bytes.length; index++) {
      state = (state >>> 8) ^ (table[(state ^ (bytes[index] as number)) & 0xff] as number)
    }
    this.#state = state
  }

  /** Eight hexadecimal digits. */
  get value(): string {
    return ((this.#state ^ -1) >>> 0).toString(16).padStart(8, '0')
  }
}
