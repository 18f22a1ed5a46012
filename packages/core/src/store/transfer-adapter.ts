import type { StoredEvent } from '../event/stored-event.ts'
import type { DocumentReference, FieldValue } from './document-adapter.ts'

/** The part of the port that moves a whole store, as it is, to another one. */
export interface TransferAdapter {
  /**
   * Stores events of another store as they are: with their positions, versions, ids and times. They come in the order of
   * positions, which may have gaps. All of them are stored, or none, in one atomic step that also checks them
   * (`judgeImport`); readers, too, see all or none. Resolves when they are durable, and wakes the listeners of `onAppend`.
   * Appends that follow go on behind the last of them, in the log and in each stream.
   *
   * @param events at least one
   * @throws ImportConflictError they do not follow what is stored, or an id is taken
   * @throws LockTimeoutError, StorageFullError
   */
  importEvents(events: readonly StoredEvent[]): Promise<void>

  /** The documents of all collections behind `after`, at most `limit`, in the order of collection and key. */
  listDocuments(after: DocumentReference | undefined, limit: number): Promise<readonly ListedDocument[]>
}

export interface ListedDocument extends DocumentReference {
  readonly data: string
  /** In the order of their names. */
  readonly fields: readonly FieldValue[]
}
