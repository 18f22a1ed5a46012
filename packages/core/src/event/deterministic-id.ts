import { parse, v5, v7 } from 'uuid'

/** Of the hashes that ids are made of; drawn once, and fixed for ever. */
const namespace = '5b1f5f0e-8f0e-4d0b-9d4e-3f1d8a6c2e71'

/**
 * An id that is the same whenever it is made of the same, so that a repetition is recognised: UUID version 7 (RFC 9562),
 * whose time is `at`, so that ids still grow with time, and whose other bits are a hash of the parts.
 *
 * @param at milliseconds since 1970
 */
export function deterministicId(at: number, ...parts: readonly string[]): string {
  // As JSON, so that where one part ends and the next begins makes a difference.
  const random = parse(v5(JSON.stringify(parts), namespace))
  const seq = new DataView(random.buffer, random.byteOffset).getUint32(0)
  return v7({ msecs: at, random, seq })
}
