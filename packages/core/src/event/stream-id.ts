import { InvalidInputError } from '../errors.ts'
import { checkName } from './text-rules.ts'

/** Longest stream id, in bytes of UTF-8. */
const maxBytes = 512

/**
 * Builds the stream id `category-key`. The category has no dash; the key is whatever identifies the instance.
 *
 * @throws InvalidInputError `invalid-stream-id`
 * @example
 * streamId('account', '42') // 'account-42'
 */
export function streamId(category: string, key: string): string {
  checkCategory(category)
  if (typeof key !== 'string') {
    throw new InvalidInputError(
      'invalid-stream-id',
      `The key of a stream of ${category} is ${String(key)}, which is not a string.`,
    )
  }
  const stream = `${category}-${key}`
  checkStreamId(stream)
  return stream
}

/** What stands before the first dash of a stream id. */
export function categoryOf(stream: string): string {
  return stream.slice(0, stream.indexOf('-'))
}

/** What stands after the first dash of a stream id. */
export function keyOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1)
}

export function checkStreamId(stream: string): void {
  checkName(stream, 'stream id', 'invalid-stream-id', maxBytes)
  const dash = stream.indexOf('-')
  if (dash < 1 || dash === stream.length - 1) {
    throw new InvalidInputError(
      'invalid-stream-id',
      `The stream id ${JSON.stringify(stream)} is not of the form category-key, such as account-42.`,
    )
  }
}

export function checkCategory(category: string): void {
  checkName(category, 'category', 'invalid-stream-id', maxBytes)
  if (category.includes('-')) {
    throw new InvalidInputError(
      'invalid-stream-id',
      `The category ${JSON.stringify(category)} has a dash; a category ends at the first dash of a stream id.`,
    )
  }
}
