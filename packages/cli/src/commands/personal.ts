import { type PersonalEvent, personalEvents } from '@eventfold/core'
import { checkPrivacy } from '../check-subject.ts'
import type { Invocation } from '../invocation.ts'
import { Listing } from '../listing.ts'
import { showTime } from '../point-in-time.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { toJson } from '../to-json.ts'

/** `personal <subject>`: what is known of a person. */
export function registerPersonal(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'personal')
    .description('list what is personal of somebody, by event')
    .argument('<subject>', 'whose')
    .addHelpText('after', explanation)
    .action(async (subject, options) => {
      await withSession(invocation, options, async ({ store, output }) => {
        checkPrivacy(store)
        const listing = new Listing<PersonalEvent>(output, [
          { title: 'stream', cell: ({ stream }) => stream },
          { title: 'version', cell: ({ version }) => version, align: 'right' },
          { title: 'recorded at', cell: ({ recordedAt }) => showTime(recordedAt) },
          { title: 'type', cell: ({ type }) => type },
          { title: 'personal', cell: ({ data }) => toJson(data) },
        ])
        for await (const event of personalEvents(store, subject)) await listing.add(event)
        await listing.end(`Nothing personal of ${subject} was ever stored.`)
      })
    })
}

const explanation = `
Fields that are not personal are left out. Of somebody who is forgotten the events are listed still, with nothing in them.
`
