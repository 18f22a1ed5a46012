import { Option } from '@commander-js/extra-typings'
import type { Saga, SagaInstance } from '@eventfold/core'
import type { Invocation } from '../../invocation.ts'
import { Listing } from '../../listing.ts'
import { openSagas } from '../../open-saga.ts'
import { showTime } from '../../point-in-time.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'

const statuses = ['stuck', 'running', 'completed', 'failed', 'early', 'all'] as const
const pageSize = 500

type Status = (typeof statuses)[number]

/** `sagas [list] [<saga>]`: instances that somebody has to look after, or others. */
export function registerList(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'list', { isDefault: true })
    .description('list the instances of the sagas of the config that are stuck, or others')
    .argument('[saga]', 'only this one')
    .addOption(new Option('--status <status>', 'which instances').choices(statuses).default('stuck' as const))
    .action(async (name, { status, ...options }) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const listing = new Listing<ListedInstance>(
          output,
          [
            { title: 'saga', cell: ({ saga }) => saga },
            { title: 'key', cell: ({ instance }) => instance.key },
            { title: 'status', cell: ({ instance }) => instance.status },
            { title: 'began', cell: ({ instance }) => showTime(instance.startedAt) },
            { title: 'last input', cell: ({ instance }) => showTime(instance.updatedAt) },
            { title: 'why', cell: ({ instance }) => instance.reason ?? waitsFor(instance) },
          ],
          ({ saga, instance }) => ({ saga, ...instance }),
        )
        for (const saga of openSagas(store, config, name)) {
          for await (const instance of instancesOf(saga, status)) {
            await listing.add({ saga: saga.name, instance })
          }
        }
        await listing.end(status === 'all' ? 'There are no instances.' : `No instance is ${status}.`)
      })
    })
}

interface ListedInstance {
  readonly saga: string
  readonly instance: SagaInstance<unknown>
}

/** Memory holds a page. */
async function* instancesOf(
  saga: Saga,
  status: Status,
): AsyncGenerator<SagaInstance<unknown>, void, undefined> {
  let after: string | undefined
  for (;;) {
    const page = await saga.find({
      limit: pageSize,
      ...(status !== 'all' && { status }),
      ...(after !== undefined && { after }),
    })
    yield* page
    after = page.at(-1)?.key
    if (page.length < pageSize) return
  }
}

function waitsFor({ waiting, timers }: SagaInstance<unknown>): string {
  const commands = waiting.map(({ command }) => command)
  const due = Object.entries(timers).map(([timer, time]) => `${timer} at ${showTime(time)}`)
  return [...commands, ...due].join(', ')
}
