/** Of AES-GCM: what NIST SP 800-38D recommends. */
const ivBytes = 12

type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** Bytes whose buffer is not shared, as WebCrypto wants them. */
type Bytes = Uint8Array<ArrayBuffer>

/**
 * One key of a subject: AES-256-GCM, with a nonce that is derived from the content (as in RFC 5297), so that the same
 * content of the same event is the same text, and an append can be repeated. For whoever has no key, equal values of
 * different events look different.
 */
export class SubjectKey {
  readonly #encryption: WebCryptoKey
  readonly #derivation: WebCryptoKey

  private constructor(encryption: WebCryptoKey, derivation: WebCryptoKey) {
    this.#encryption = encryption
    this.#derivation = derivation
  }

  /** Text of a new key: 256 bits to encrypt with, and as many to derive nonces with. */
  static generate(): string {
    return toBase64(crypto.getRandomValues(new Uint8Array(64)))
  }

  static async import(text: string): Promise<SubjectKey> {
    const bytes = fromBase64(text)
    const { subtle } = crypto
    const [encryption, derivation] = await Promise.all([
      subtle.importKey('raw', bytes.slice(0, 32), 'AES-GCM', false, ['encrypt', 'decrypt']),
      subtle.importKey('raw', bytes.slice(32), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    ])
    return new SubjectKey(encryption, derivation)
  }

  /**
   * @param place where the text belongs: it can be decrypted nowhere else
   * @param salt makes equal texts of different events different
   */
  async encrypt(text: string, place: string, salt: string): Promise<string> {
    const additionalData = toBytes(place)
    const plain = toBytes(text)
    const digest = await crypto.subtle.sign(
      'HMAC',
      this.#derivation,
      toBytes(JSON.stringify([place, salt, text])),
    )
    const iv = new Uint8Array(digest).slice(0, ivBytes)
    const algorithm = { name: 'AES-GCM', iv, additionalData }
    const encrypted = new Uint8Array(await crypto.subtle.encrypt(algorithm, this.#encryption, plain))
    const bytes = new Uint8Array(ivBytes + encrypted.length)
    bytes.set(iv)
    bytes.set(encrypted, ivBytes)
    return toBase64(bytes)
  }

  /** @throws what WebCrypto throws for a text that was changed, or moved to another place */
  async decrypt(encrypted: string, place: string): Promise<string> {
    const bytes = fromBase64(encrypted)
    const iv = bytes.slice(0, ivBytes)
    const algorithm = { name: 'AES-GCM', iv, additionalData: toBytes(place) }
    return new TextDecoder().decode(
      await crypto.subtle.decrypt(algorithm, this.#encryption, bytes.slice(ivBytes)),
    )
  }
}

function toBytes(text: string): Bytes {
  return new TextEncoder().encode(text)
}

function toBase64(bytes: Bytes): string {
  let characters = ''
  for (const byte of bytes) characters += String.fromCharCode(byte)
  return btoa(characters)
}

function fromBase64(text: string): Bytes {
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index)
  return bytes
}
