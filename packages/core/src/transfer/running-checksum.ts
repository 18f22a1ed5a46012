const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

const encoder = new TextEncoder()

/** CRC-32, as of gzip and zip, of the UTF-8 bytes of all text until now. */
export class RunningChecksum {
  #state = 0xffffffff

  add(text: string): void {
    let state = this.#state
    for (const byte of encoder.encode(text)) state = (state >>> 8) ^ (table[(state ^ byte) & 0xff] as number)
    this.#state = state
  }

  /** Eight hexadecimal digits. */
  get value(): string {
    return ((this.#state ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
  }
}
