import type { SnapshotReport } from '@eventfold/core'
import { countOf } from '../../count-of.ts'
import type { Invocation } from '../../invocation.ts'
import { openSnapshots } from '../../open-snapshots.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'
import { toJson } from '../../to-json.ts'

/** `snapshots verify [category]`: whether snapshots are what their events say. */
export function registerVerify(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'verify')
    .description('compare snapshots with the fold of their events; exit code 1 where they differ')
    .argument('[category]', 'of the aggregate; default: all of the config that have snapshots')
    .addHelpText('after', explanation)
    .action(async (category, options) => {
      await withSession(invocation, options, async ({ store, config, output }) => {
        const reports: CategoryReport[] = []
        for (const { category: own, snapshots } of openSnapshots(store, config, category)) {
          reports.push({ category: own, ...(await snapshots.verify()) })
        }
        const ok = reports.every(({ differences }) => differences.length === 0)
        await output.document({ ok, snapshots: reports }, () => reports.flatMap(tell).join('\n'))
        if (!ok) output.found()
      })
    })
}

interface CategoryReport extends SnapshotReport {
  readonly category: string
}

function tell({ category, checked, differences, ignored }: CategoryReport): readonly string[] {
  if (checked + ignored.length === 0) return [`${category}: there is no snapshot of this code.`]
  const found = differences.length === 0 ? 'all as the events say' : `${differences.length} differ`
  return [
    `${category}: ${countOf(checked, 'snapshot')} checked, ${found}.`,
    ...differences.flatMap(({ id, version, snapshot, folded }) => [
      `  ${id}, version ${version}`,
      `    snapshot  ${toJson(snapshot)}`,
      `    events    ${toJson(folded)}`,
    ]),
    ...ignored.map(({ id, kind }) => `  ${id} is ${kind}: loads ignore it, and replace it`),
  ]
}

const explanation = `
A difference says that an evolve is not pure, or calls something that has changed: raise stateVersion, and clear them.
Snapshots of other code are not looked at. It reads all events of the aggregates that have a snapshot.
`
