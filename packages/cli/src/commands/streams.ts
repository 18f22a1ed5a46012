import { categoryOf } from '@eventfold/core'
import type { Invocation } from '../invocation.ts'
import { type ListedStream, listStreams } from '../list-streams.ts'
import { Listing } from '../listing.ts'
import { showTime } from '../point-in-time.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { wholeNumber } from '../whole-number.ts'

/** `streams`: lists streams in the order in which they began. */
export function registerStreams(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'streams')
    .description('list streams in the order in which they began')
    .option('--category <category>', 'only streams of this category')
    .option('--limit <count>', 'most streams to list', wholeNumber(1), 100)
    .option('--after <position>', 'only streams that began after this position', wholeNumber(0), 0)
    .addHelpText('after', cost)
    .action(async ({ category, limit, after, ...options }) => {
      await withSession(invocation, options, async ({ store, output }) => {
        const listing = new Listing<ListedStream>(
          output,
          [
            { title: 'began at', cell: ({ position }) => position, align: 'right' },
            { title: 'stream', cell: ({ stream }) => stream },
            { title: 'version', cell: ({ version }) => version, align: 'right' },
            { title: 'first event', cell: ({ firstRecordedAt }) => showTime(firstRecordedAt) },
            { title: 'last event', cell: ({ lastRecordedAt }) => showTime(lastRecordedAt) },
          ],
          (found) => ({ ...found, category: categoryOf(found.stream) }),
        )
        const filter = category === undefined ? {} : { category }
        let last = after
        for await (const found of listStreams(store, { ...filter, after, limit: limit + 1 })) {
          if (listing.count === limit) {
            await listing.flush()
            output.note(`There are more: --after ${last}`)
            return
          }
          await listing.add(found)
          last = found.position
        }
        await listing.end('There are no streams.')
      })
    })
}

const cost = `
It reads the log for the first events of streams, from --after until it has found --limit of them, in memory bounded by
one batch, and then looks once at each stream that it lists. With --category only the events of that category are read.
`
