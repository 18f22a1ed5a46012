import type { StoreAdapter, StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Rewrites data on its way into the store, as types of databases do. */
export class ChangedText extends DelegatingAdapter {
  readonly #change: (text: string) => string

  constructor(inner: StoreAdapter, change: (text: string) => string) {
    super(inner)
    this.#change = change
  }

  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    const changed = writes.map((write) => ({
      ...write,
      events: write.events.map((event) => ({ ...event, data: this.#change(event.data) })),
    }))
    return this.inner.append(changed, transaction)
  }
}

/** Keeps 15 digits, as a `REAL` that goes through text may do. */
export function roundNumbers(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value) =>
    typeof value === 'number' ? Number(value.toPrecision(15)) : value,
  )
}

/** Sorts keys, as `jsonb` does. */
export function sortKeys(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value
  })
}

/** Brings text into one normal form. */
export function normalise(text: string): string {
  return text.normalize('NFC')
}
