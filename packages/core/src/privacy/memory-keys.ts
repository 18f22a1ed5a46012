import type { KeyStore, SubjectKeys } from './key-store.ts'

/**
 * Keeps keys in memory, for tests: with the process they are gone, and everybody is forgotten.
 *
 * @example
 * const store = openMemory({ privacy: { of: [Customer], keys: memoryKeys() } })
 */
export function memoryKeys(): KeyStore {
  const subjects = new Map<string, SubjectKeys>()
  return {
    read: async (asked) => asked.map((subject) => subjects.get(subject)),
    async add(subject, number, key) {
      const known = subjects.get(subject)
      if (known?.forgottenAt !== undefined || (known?.keys ?? []).length !== number - 1) {
        return known as SubjectKeys
      }
      const added = { keys: [...(known?.keys ?? []), key] }
      subjects.set(subject, added)
      return added
    },
    async forget(subject, at) {
      if (subjects.get(subject)?.forgottenAt === undefined) subjects.set(subject, { forgottenAt: at })
    },
  }
}
