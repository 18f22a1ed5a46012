import type { KeyStore, SubjectKeys } from './key-store.ts'
import { SubjectForgottenError } from './privacy-errors.ts'
import { SubjectKey } from './subject-key.ts'

/** How many subjects are kept in mind. */
const maxSubjects = 10_000

interface KnownSubject {
  /** When it was read, by the monotonic clock. */
  readonly readAt: number
  readonly known: SubjectKeys | undefined
  readonly imported: Map<number, Promise<SubjectKey>>
}

/** The keys that a process has in mind. Those of a subject that is forgotten elsewhere go within `cacheFor`. */
export class SubjectKeyRing {
  readonly keys: KeyStore
  readonly #cacheFor: number
  readonly #subjects = new Map<string, KnownSubject>()

  /** @param cacheFor milliseconds */
  constructor(keys: KeyStore, cacheFor: number) {
    this.keys = keys
    this.#cacheFor = cacheFor
  }

  /** Reads what is not known, or not known any more, in one call. */
  async prepare(subjects: Iterable<string>): Promise<void> {
    const now = performance.now()
    const missing = [...new Set(subjects)].filter((subject) => {
      const { readAt } = this.#subjects.get(subject) ?? {}
      return readAt === undefined || now - readAt >= this.#cacheFor
    })
    if (missing.length === 0) return
    const found = await this.keys.read(missing)
    for (const [index, subject] of missing.entries()) this.#keep(subject, found[index], now)
  }

  /** Whether nothing can be decrypted of a subject any more. It was prepared before. */
  isLost(subject: string): boolean {
    return this.#subjects.get(subject)?.known?.keys === undefined
  }

  /** A key by its number, from 1; undefined where it is gone. The subject was prepared before. */
  key(subject: string, number: number): Promise<SubjectKey> | undefined {
    const { known, imported } = this.#subjects.get(subject) ?? {}
    const text = known?.keys?.[number - 1]
    if (text === undefined || imported === undefined) return undefined
    const key = imported.get(number) ?? SubjectKey.import(text)
    imported.set(number, key)
    return key
  }

  /**
   * The key to encrypt with: the last one, or a first one that is made now.
   *
   * @throws SubjectForgottenError
   */
  async current(subject: string): Promise<{ readonly number: number; readonly key: SubjectKey }> {
    await this.prepare([subject])
    let known = this.#subjects.get(subject)?.known
    if (known === undefined) {
      known = await this.keys.add(subject, 1, SubjectKey.generate())
      this.#keep(subject, known, performance.now())
    }
    if (known.keys === undefined) throw new SubjectForgottenError(subject, known.forgottenAt)
    const number = known.keys.length
    return { number, key: (await this.key(subject, number)) as SubjectKey }
  }

  /**
   * Adds another key, which is used from now on; what was encrypted before stays readable.
   *
   * @throws SubjectForgottenError
   */
  async rotate(subject: string): Promise<void> {
    this.#subjects.delete(subject)
    const { number } = await this.current(subject)
    await this.keys.add(subject, number + 1, SubjectKey.generate())
    this.#subjects.delete(subject)
  }

  async forget(subject: string, at: Date): Promise<void> {
    await this.keys.forget(subject, at)
    this.#subjects.delete(subject)
  }

  #keep(subject: string, known: SubjectKeys | undefined, readAt: number): void {
    this.#subjects.delete(subject)
    this.#subjects.set(subject, { readAt, known, imported: new Map() })
    if (this.#subjects.size <= maxSubjects) return
    const [oldest] = this.#subjects.keys()
    this.#subjects.delete(oldest as string)
  }
}
