import { isPlainObject } from '../event/json.ts'

/** Names what stands in place of a personal value in stored data. */
export const sealedName = 'eventfold:personal'

/** What is stored in place of a personal value. */
export interface SealedField {
  readonly [sealedName]: {
    readonly subject: string
    /** Number of the key, from 1. */
    readonly key: number
    readonly text: string
    /** What is read where there is no such key any more. */
    readonly placeholder: unknown
  }
}

export function isSealed(value: unknown): value is SealedField {
  return isPlainObject(value) && Object.hasOwn(value as object, sealedName)
}

/** Where a sealed text belongs. */
export function placeOf(stream: string, type: string, field: string): string {
  return JSON.stringify([stream, type, field])
}
