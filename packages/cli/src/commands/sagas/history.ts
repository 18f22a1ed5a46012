import type { RecordedEvent } from '@eventfold/core'
import { streamEventColumns } from '../../event-columns.ts'
import type { Invocation } from '../../invocation.ts'
import { Listing } from '../../listing.ts'
import { findSaga } from '../../open-saga.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'

const pageSize = 500

/** `sagas history <saga> <key>`: what an instance has done. */
export function registerHistory(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'history')
    .description('what an instance has done: its commands and their outcomes, its timers, how it ended')
    .argument('<saga>', 'its name')
    .argument('<key>', 'of the instance')
    .action(async (name, key, options) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const saga = findSaga(store, config, name)
        const listing = new Listing<RecordedEvent>(output, streamEventColumns)
        for (let from = 1; ; from += pageSize) {
          const events = await saga.history(key, { from, limit: pageSize })
          for (const event of events) await listing.add(event)
          if (events.length < pageSize) break
        }
        await listing.end(`Saga ${name} has no instance ${key}.`)
      })
    })
}
