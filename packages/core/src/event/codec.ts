import { encodeJson } from './json.ts'

/**
 * Turns the data and metadata of events into text and back. `decode(encode(value))` must equal `value`, for every
 * value that `encode` accepts; what it cannot carry it refuses. A text with U+0000 or a lone surrogate, which not every
 * store can carry, is refused.
 */
export interface Codec {
  /**
   * @param pointer where `value` stands in the caller's input, as a JSON pointer, for error messages
   * @throws InvalidInputError `not-json`, with a pointer to the value that cannot be carried
   */
  encode(value: unknown, pointer: string): string
  decode(text: string): unknown
}

/** The default: JSON, and nothing that JSON would change silently. Keeps the order of keys. */
export const jsonCodec: Codec = {
  encode: encodeJson,
  decode: (text) => JSON.parse(text) as unknown,
}
