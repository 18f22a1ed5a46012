import type { BenchStream, BenchStreams } from './bench-stream.ts'

/** Streams that grow side by side; one that has reached its length gives way to a new one. */
export class GrowingStreams {
  readonly #streams: BenchStreams
  readonly #maxLength: number
  readonly #growing: BenchStream[]
  #turn = 0

  constructor(streams: BenchStreams, sideBySide: number, maxLength: number) {
    this.#streams = streams
    this.#maxLength = maxLength
    this.#growing = [...streams.createMany(sideBySide)]
  }

  /** Each in turn, for appends one after another. */
  next(): BenchStream {
    this.#turn = (this.#turn + 1) % this.#growing.length
    return this.at(this.#turn)
  }

  /** The one of a lane that no other call uses at the same time. */
  at(lane: number): BenchStream {
    const stream = this.#growing[lane] as BenchStream
    if (stream.version < this.#maxLength) return stream
    const fresh = this.#streams.create()
    this.#growing[lane] = fresh
    return fresh
  }
}
