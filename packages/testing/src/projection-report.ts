import { AssertionError } from 'node:assert/strict'
import type { RecordedEvent } from '@eventfold/core'
import { differences } from './differences.ts'
import { isSame } from './is-same.ts'
import { section, show } from './report-section.ts'

export interface DocumentComparison {
  /** Of the projection. */
  readonly name: string
  readonly events: readonly RecordedEvent[]
  readonly actual: ReadonlyMap<string, unknown>
  readonly expected: Readonly<Record<string, unknown>>
}

/** @throws AssertionError that tells the events, and the documents that differ, unless all are as expected */
export function reportDocuments({ name, events, actual, expected }: DocumentComparison): void {
  const keys = [...new Set([...Object.keys(expected), ...actual.keys()])]
  const pick = (documents: (key: string) => unknown, from: readonly string[]) =>
    from.map((key) => [key, documents(key)] as const).filter(([, document]) => document !== undefined)
  const actualOf = (key: string) => actual.get(key)
  const expectedOf = (key: string) => (Object.hasOwn(expected, key) ? expected[key] : undefined)
  const differing = keys.filter((key) => !isSame(actualOf(key), expectedOf(key)))
  if (differing.length === 0) return
  const side = (documents: (key: string) => unknown) =>
    differing.map((key) => `${key} ${show(documents(key))}`)
  throw new AssertionError({
    message: [
      `${name}: the documents are not the expected ones`,
      ...section('given', events.map(showGiven)),
      ...section('expected', side(expectedOf)),
      ...section('actual', side(actualOf)),
      ...section(
        'differs',
        differing.flatMap((key) =>
          differences(actualOf(key), expectedOf(key)).map((line) => `${key} ${line}`),
        ),
      ),
      ...(differing.length < keys.length
        ? section(
            'same',
            keys.filter((key) => !differing.includes(key)),
          )
        : []),
    ].join('\n'),
    actual: Object.fromEntries(pick(actualOf, keys)),
    expected: Object.fromEntries(pick(expectedOf, keys)),
  })
}

export function showGiven({ stream, type, data }: RecordedEvent): string {
  return `${stream} ${type} ${show(data)}`
}
