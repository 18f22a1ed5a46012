import type { EventStoreStorage } from '../contract/fixture.ts'
import { type CheckOptions, checkProperty } from './check-property.ts'
import { commands } from './command.ts'
import { HistoryRun } from './history-run.ts'
import { withStorage } from './with-storage.ts'

/**
 * Plays random histories (appends with every expectation, retries, several streams, transactions that roll back,
 * refused input, reads of all kinds) on new stores, and compares every answer with a simple model. A failure tells
 * the seed and path that replay it.
 *
 * @example
 * await checkHistories(() => ({ open: openMemory }), { runs: 300 })
 */
export function checkHistories(
  createStorage: () => EventStoreStorage | Promise<EventStoreStorage>,
  options: CheckOptions = {},
): Promise<void> {
  return checkProperty(
    'A history',
    commands,
    (history) => {
      return withStorage(createStorage, async (open) => {
        const store = await open()
        const reopen = async (current: typeof store) => {
          if (!current.capabilities.durable) return current
          await current.close()
          return open()
        }
        await new HistoryRun(store, reopen).play(history)
      })
    },
    options,
  )
}
