import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStore } from '@eventfold/core'
import type { ChaosLedger } from './chaos-ledger.ts'
import { chaosReaders } from './chaos-readers.ts'

const keys = ['1', '2', 'group-0']

/** Reads documents again and again: none may ever go back, or away, whatever is done to those that build them. */
export async function watchDocuments(
  store: EventStore,
  ledger: ChaosLedger,
  isOver: () => boolean,
): Promise<void> {
  const { model } = chaosReaders(store, '', {})
  const counts = new Map<string, number>()
  while (!isOver()) {
    for (const key of keys) {
      const before = counts.get(key) ?? 0
      const count = (await model.get(key))?.count ?? 0
      if (count < before) ledger.violation(`document ${key} went back from ${before} to ${count}`)
      counts.set(key, count)
    }
    await sleep(5)
  }
}
