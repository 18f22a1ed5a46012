import { v5 } from 'uuid'

/** Drawn once, and fixed for ever. */
const namespace = 'c4a6a4a3-6a0a-4f0c-8a51-0d6b1f7f2c19'

/** Against accidents, not against enemies: 122 bits of SHA-1 (UUID version 5, RFC 9562). */
export function hashOf(text: string): string {
  return v5(text, namespace)
}
