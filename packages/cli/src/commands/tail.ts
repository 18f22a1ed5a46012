import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { EventStore, ReadLogOptions, RecordedEvent } from '@eventfold/core'
import { logEventColumns } from '../event-columns.ts'
import type { Invocation } from '../invocation.ts'
import { Listing } from '../listing.ts'
import { repeated } from '../repeated.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { untilInterrupted } from '../until-interrupted.ts'
import { UsageError } from '../usage-error.ts'
import { wholeNumber } from '../whole-number.ts'

type Filter = Pick<ReadLogOptions, 'category' | 'stream' | 'types' | 'tags'>

/** `tail`: the last events of the log, those after a position, or those to come. */
export function registerTail(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'tail')
    .description('print the last events of the log, those after a position, or those to come')
    .option('--category <category>', 'only events of this category')
    .option('--stream <stream>', 'only events of this stream')
    .option('--type <type>', 'only events of this type; several times: any of them', repeated)
    .option('--tag <tag>', 'only events with this tag; several times: all of them', repeated)
    .option('--after <position>', 'everything after this position, or "now"', positionOrNow)
    .option('--limit <count>', 'without --after: how many of the last events', wholeNumber(0), 10)
    .option('-f, --follow', 'go on with what is appended, until Ctrl-C')
    .action(async ({ category, stream, type, tag, after, limit, follow = false, ...options }) => {
      if (after === 'now' && !follow) throw new UsageError('After now there is nothing yet: add --follow.')
      const filter: Filter = {
        ...(category !== undefined && { category }),
        ...(stream !== undefined && { stream }),
        ...(type !== undefined && { types: type }),
        ...(tag !== undefined && { tags: tag }),
      }
      await withSession(invocation, options, async ({ store, output }) => {
        const listing = new Listing(output, logEventColumns)
        let beginning = after
        if (after === undefined) {
          const head = await store.head()
          for (const event of await lastEvents(store, filter, head, limit)) await listing.add(event)
          beginning = head
        }
        if (!follow) {
          if (typeof after === 'number') await addAll(listing, store, { ...filter, after })
          return listing.end('There are no events.')
        }
        await listing.flush()
        await untilInterrupted(async (signal) => {
          const onRetry = () => output.note('The store cannot be reached; trying again.')
          const subscription = store.subscribe({ ...filter, after: beginning ?? 0, signal, onRetry })
          for await (const { events } of subscription.batches()) {
            for (const event of events) await listing.add(event)
            await listing.flush()
          }
        })
      })
    })
}

function positionOrNow(text: string): number | 'now' {
  if (text === 'now') return text
  try {
    return wholeNumber(0)(text)
  } catch {
    throw new InvalidArgumentError('It must be a position, or "now".')
  }
}

/** The last events up to `head`, in the order of the log. */
async function lastEvents(
  store: EventStore,
  filter: Filter,
  head: number,
  limit: number,
): Promise<readonly RecordedEvent[]> {
  const last: RecordedEvent[] = []
  if (limit === 0) return last
  const query = { ...filter, before: head + 1, backwards: true, limit: Math.min(limit, 1_000) }
  for await (const events of store.readLogInBatches(query)) {
    last.push(...events.slice(0, limit - last.length))
    if (last.length === limit) break
  }
  return last.reverse()
}

async function addAll(
  listing: Listing<RecordedEvent>,
  store: EventStore,
  query: ReadLogOptions,
): Promise<void> {
  for await (const events of store.readLogInBatches(query)) {
    for (const event of events) await listing.add(event)
  }
}
