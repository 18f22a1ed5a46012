import type { DryRunReport, RebuildDifference, RebuildOptions, TableDifference } from '@eventfold/core'
import { confirm } from '../../confirm.ts'
import { countOf } from '../../count-of.ts'
import { differenceLines } from '../../difference-lines.ts'
import { FailureWatch } from '../../failure-watch.ts'
import { InterruptedError } from '../../interrupted-error.ts'
import type { Invocation } from '../../invocation.ts'
import { type AnyReadModel, findReadModel } from '../../open-read-model.ts'
import { Progress } from '../../progress.ts'
import { type Session, withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { UsageError } from '../../usage-error.ts'
import { wholeNumber } from '../../whole-number.ts'

/** `projections rebuild <name>`: builds a read model anew beside what serves, and lets it serve. */
export function registerRebuild(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'rebuild')
    .description('build a read model anew from the events beside what serves, then switch')
    .argument('<name>', 'of the projection')
    .option('--dry-run', 'compare with what serves instead of switching; exit code 1 where they differ')
    .option('--keep', 'with --dry-run: keep what was built, so that a rebuild only switches')
    .option('--partitions <count>', 'over how many partitions the work is spread', wholeNumber(1))
    .option('--yes', 'ask nothing')
    .action(async (name, { dryRun: isDryRun = false, keep = false, partitions, yes = false, ...options }) => {
      if (keep && !isDryRun) throw new UsageError('--keep goes with --dry-run.')
      await withSession(invocation, options, async (session) => {
        const watch = new FailureWatch()
        const found = findReadModel(session.store, session.config, name, { onError: watch.onError })
        if (isDryRun) await checkNothingIsBuilt(found)
        else await confirm(await consequence(found), name, yes, invocation)
        const bar = new Progress(invocation.errors, session.output.json, 'events')
        const run = (signal: AbortSignal) => {
          const rebuild: RebuildOptions = {
            signal,
            onProgress: ({ done, total, handled }) => bar.update({ done, total, count: handled }),
            ...(partitions !== undefined && { partitions }),
          }
          return isDryRun
            ? compare(session, found, rebuild, bar, keep)
            : replace(session, found, rebuild, bar)
        }
        const reason = () => interrupted(name, isDryRun && !keep)
        await watch.during(name, () => untilInterrupted(run, reason)).finally(() => bar.stop())
      })
    })
}

async function replace(
  { output }: Session,
  { model }: AnyReadModel,
  options: RebuildOptions,
  bar: Progress,
): Promise<void> {
  const { handled, milliseconds } = await model.rebuild(options)
  bar.stop()
  await output.document({ name: model.name, handled, milliseconds: Math.round(milliseconds) }, () => {
    return `Rebuilt ${model.name}: ${countOf(handled, 'event')} in ${(milliseconds / 1_000).toFixed(1)} s.`
  })
}

async function compare(
  { output }: Session,
  { model }: AnyReadModel,
  options: RebuildOptions,
  bar: Progress,
  keep: boolean,
): Promise<void> {
  const report = await dryRun(model, options).finally(async () => {
    bar.stop()
    if (!keep) await model.cancelRebuild()
  })
  const { same, different, differences, unsettled } = report
  await output.document({ name: model.name, ...report, kept: keep }, () => {
    const lines = [`A rebuild of ${model.name} leaves ${same} as they are, and changes ${different}.`]
    if (unsettled > 0) lines.push(`${unsettled} could not be compared: what serves is too far behind.`)
    lines.push(...differences.flatMap(differenceLines))
    if (different > differences.length) lines.push(`… and ${different - differences.length} more`)
    if (keep) lines.push(`What was built is kept: eventfold projections rebuild ${model.name} only switches.`)
    return lines.join('\n')
  })
  if (different > 0) output.found()
}

/** Both kinds of read models have one, with differences of their own. */
function dryRun(
  model: AnyReadModel['model'],
  options: RebuildOptions,
): Promise<DryRunReport<RebuildDifference<unknown> | TableDifference>> {
  return model.dryRun(options)
}

/**
 * A dry run would take over what somebody else is building, and keep it from serving.
 *
 * @throws UsageError
 */
async function checkNothingIsBuilt({ model }: AnyReadModel): Promise<void> {
  const { building } = await model.status()
  if (building === undefined || building.purpose === 'dry-run') return
  throw new UsageError(
    `Version ${building.version} of ${model.name} is being built (${building.purpose}), and a dry run would keep it from ` +
      'serving.',
    { next: `Wait until it serves, or finish it: eventfold projections rebuild ${model.name}` },
  )
}

async function consequence({ model }: AnyReadModel): Promise<string> {
  const { name, version, current } = await model.status()
  const isUpgrade = current !== undefined && current.version < version
  const upgrade = isUpgrade
    ? ` Version ${current.version} serves, and instances of it end when version ${version} takes over.`
    : ''
  return `${name} is built anew from all events, and what serves now is removed.${upgrade}`
}

function interrupted(name: string, isRemoved: boolean): Error {
  return new InterruptedError(
    isRemoved
      ? 'Interrupted. What was built is removed.'
      : `Interrupted. What is built of ${name} stays: the same command goes on from there.`,
  )
}
