/**
 * Keeps the keys of persons. It is a port: `memoryKeys` and `documentKeys` implement it, and a key service of yours can.
 * Keep it apart from the events, with backups of its own that are not kept for long: whoever restores an old backup of
 * the keys has forgotten nobody.
 */
export interface KeyStore {
  /** What is known of each subject, in the order asked for; undefined where nothing is. */
  read(subjects: readonly string[]): Promise<readonly (SubjectKeys | undefined)[]>
  /**
   * Adds key number `number` (from 1) to a subject, durably. Where it has that one already, or is forgotten, nothing
   * changes. Resolves with what is known of it then.
   */
  add(subject: string, number: number, key: string): Promise<SubjectKeys>
  /** Removes all keys of a subject for good, and remembers that. Again: nothing changes. */
  forget(subject: string, at: Date): Promise<void>
}

/** The keys of a subject, in the order of their numbers; text that only core reads. */
export type SubjectKeys =
  | { readonly keys: readonly string[]; readonly forgottenAt?: undefined }
  | { readonly keys?: undefined; readonly forgottenAt: Date }
