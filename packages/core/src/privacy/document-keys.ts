import { isEventfoldError, UnsupportedError } from '../errors.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import type { KeyStore, SubjectKeys } from './key-store.ts'

const collection = 'eventfold:keys'

/** What is stored of a subject. */
type KeyRecord = { readonly keys: readonly string[] } | { readonly forgottenAt: string }

/**
 * Keeps keys in the tables of a store: best one of its own, another file or schema, so that backups of the events have no
 * keys in them. A key that was removed may stay in free pages of a database until they are written over: `VACUUM` a
 * SQLite file, or open it with `PRAGMA secure_delete`.
 *
 * @throws UnsupportedError the store keeps events only
 * @example
 * const keys = documentKeys(await openSqlite('keys.db'))
 * const store = await openSqlite('shop.db', { privacy: { of: [Customer], keys } })
 */
export function documentKeys(store: { readonly adapter: StoreAdapter }): KeyStore {
  const { documents, name } = store.adapter
  if (documents === undefined) {
    throw new UnsupportedError(
      `A ${name} store keeps events only. Keep keys in one that keeps documents, such as openSqlite gives.`,
    )
  }
  const readTexts = (subjects: readonly string[]) =>
    documents.read(subjects.map((key) => ({ collection, key })))

  const change = async (
    subject: string,
    next: (known: SubjectKeys | undefined) => KeyRecord | undefined,
  ): Promise<SubjectKeys | undefined> => {
    for (;;) {
      const [text] = await readTexts([subject])
      const known = parse(text)
      const record = next(known)
      if (record === undefined) return known
      const data = JSON.stringify(record)
      try {
        await documents.write([{ collection, key: subject, data, fields: [], expected: text ?? null }])
        return parse(data)
      } catch (error) {
        if (!isEventfoldError(error, 'document-conflict')) throw error
      }
    }
  }

  return {
    read: async (subjects) => (await readTexts(subjects)).map(parse),
    async add(subject, number, key) {
      const added = await change(subject, (known) => {
        if (known?.forgottenAt !== undefined || (known?.keys ?? []).length !== number - 1) return undefined
        return { keys: [...(known?.keys ?? []), key] }
      })
      return added as SubjectKeys
    },
    async forget(subject, at) {
      await change(subject, (known) =>
        known?.forgottenAt === undefined ? { forgottenAt: at.toISOString() } : undefined,
      )
    },
  }
}

function parse(text: string | undefined): SubjectKeys | undefined {
  if (text === undefined) return undefined
  const record = JSON.parse(text) as KeyRecord
  return 'keys' in record ? record : { forgottenAt: new Date(record.forgottenAt) }
}
