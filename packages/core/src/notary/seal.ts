import { InvalidInputError } from '../errors.ts'
import type { LogRecord } from './log-records.ts'
import { toHex } from './to-hex.ts'

/** The key of an HMAC, as text or bytes. Whoever has it can make seals. */
export type NotaryKey = string | Uint8Array<ArrayBuffer>

/** Makes the seal of a record from what it says and from the seal before, in hexadecimal digits. */
export type Sealer = (record: Omit<LogRecord, 'seal'>, before: string) => Promise<string>

const encoder = new TextEncoder()

/**
 * With a key the seals are HMAC-SHA-256, without one SHA-256.
 *
 * @throws InvalidInputError `invalid-option`: an empty key
 */
export async function sealer(key: NotaryKey | undefined): Promise<Sealer> {
  const imported = key === undefined ? undefined : await importKey(key)
  return async ({ after, to, entries }, before) => {
    const bytes = encoder.encode(JSON.stringify([before, after, to, entries]))
    const { subtle } = crypto
    return toHex(
      await (imported === undefined ? subtle.digest('SHA-256', bytes) : subtle.sign('HMAC', imported, bytes)),
    )
  }
}

function importKey(key: NotaryKey) {
  if (key.length === 0) {
    throw new InvalidInputError('invalid-option', 'The key of the notary is empty. Use 32 random bytes.')
  }
  const bytes = typeof key === 'string' ? encoder.encode(key) : key
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}
