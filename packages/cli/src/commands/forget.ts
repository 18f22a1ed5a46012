import {
  type ForgetProgress,
  type ForgetReport,
  forgetSubject,
  type RebuildProgress,
  type RebuiltReadModel,
} from '@eventfold/core'
import { checkSubject } from '../check-subject.ts'
import { confirm } from '../confirm.ts'
import { countOf } from '../count-of.ts'
import { FailureWatch } from '../failure-watch.ts'
import { InterruptedError } from '../interrupted-error.ts'
import type { Invocation } from '../invocation.ts'
import { type AnyReadModel, openReadModels } from '../open-read-model.ts'
import { Progress } from '../progress.ts'
import { type Session, withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { untilInterrupted } from '../until-interrupted.ts'
import { UsageError } from '../usage-error.ts'

/** `forget <subject>`: removes the keys of a person, and everything that was made with them. */
export function registerForget(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'forget')
    .description('forget somebody for good; exit code 1 where something of them is found afterwards')
    .argument('<subject>', 'who')
    .option('--no-search', 'do not read the whole store afterwards for what was known')
    .option('--yes', 'ask nothing')
    .addHelpText('after', explanation)
    .action(async (subject, { search, yes = false, ...options }) => {
      await withSession(invocation, options, async (session) => {
        const { store, output } = session
        await checkSubject(store, subject)
        const watch = new FailureWatch()
        const models = await servingModels(session, watch)
        const names = models.map(({ model }) => model.name)
        const rebuilt = names.length === 0 ? '' : ` These are built anew: ${names.join(', ')}.`
        await confirm(
          `Nobody can read any more what is personal of ${subject}: their keys are removed for good.${rebuilt}`,
          subject,
          yes,
          invocation,
        )
        const progress = new Progress(invocation.errors, output.json, 'events')
        let step: ForgetProgress['step'] = 'collect'
        const run = (signal: AbortSignal) =>
          forgetSubject(store, subject, {
            search,
            readModels: models.map((found) => rebuildable(found, watch, signal, progress)),
            onProgress: (next) => {
              step = next.step
              if (step === 'collect' || step === 'search') {
                progress.update({ done: next.done, total: undefined, count: next.done })
              } else progress.stop()
              // The keys may have gone since the signal came.
              if (signal.aborted) throw interrupted(subject, step)
            },
          })
        const report = await untilInterrupted(run, () => interrupted(subject, step)).finally(() => {
          progress.stop()
        })
        await output.document(report, () => tell(report).join('\n'))
        if (report.found !== undefined && report.found.length > 0) output.found()
      })
    })
}

/**
 * The read models of the config that serve, and so may show something of the person.
 *
 * @throws UsageError one of them cannot be built again from here; nobody may be forgotten half
 */
async function servingModels(
  { store, config }: Session,
  { onError }: FailureWatch,
): Promise<readonly AnyReadModel[]> {
  if (config.projections === undefined || config.projections.length === 0) return []
  const serving: AnyReadModel[] = []
  for (const found of openReadModels(store, config, { onError })) {
    const { name, version, current, building } = await found.model.status()
    if (building?.purpose === 'upgrade') {
      throw new UsageError(
        `Version ${building.version} of ${name} is being built, from what is known still.`,
        {
          next: 'Wait until it serves.',
        },
      )
    }
    if (current === undefined && building === undefined) continue
    if (current !== undefined && current.version !== version) {
      throw new UsageError(
        `The config has version ${version} of ${name}, but version ${current.version} serves.`,
        {
          next: 'Give the config the definitions that your program runs with.',
        },
      )
    }
    serving.push(found)
  }
  return serving
}

function rebuildable(
  { model }: AnyReadModel,
  watch: FailureWatch,
  signal: AbortSignal,
  progress: Progress,
): RebuiltReadModel {
  return {
    name: model.name,
    cancelRebuild: () => model.cancelRebuild(),
    async rebuild() {
      const onProgress = ({ done, total, handled }: RebuildProgress) => {
        progress.update({ done, total, count: handled })
      }
      return watch.during(model.name, () => model.rebuild({ signal, onProgress }))
    },
  }
}

function tell({ subject, forgottenAt, events, streams, values, snapshots, readModels, found }: ForgetReport) {
  const lines = [
    `${subject} is forgotten since ${forgottenAt.toISOString()}.`,
    `${countOf(events, 'event')} of ${countOf(streams.length, 'stream')} had something personal.`,
  ]
  if (snapshots > 0) lines.push(`Removed: ${countOf(snapshots, 'snapshot')}.`)
  if (readModels.length > 0) lines.push(`Built anew: ${readModels.join(', ')}.`)
  if (values === 0) return [...lines, 'No value was known to search for.']
  if (found === undefined) return [...lines, 'Nothing was searched.']
  if (found.length === 0) return [...lines, `Of ${countOf(values, 'value')}, none is found in the store.`]
  return [
    ...lines,
    `Of ${countOf(values, 'value')}, some are still found, which may be of others:`,
    ...found.map((finding) =>
      finding.place === 'event'
        ? `  ${finding.value} in event ${finding.version} of ${finding.stream}`
        : `  ${finding.value} in document ${finding.key} of ${finding.collection}`,
    ),
  ]
}

function interrupted(subject: string, step: ForgetProgress['step']): Error {
  return new InterruptedError(
    step === 'collect'
      ? 'Interrupted. Nothing was done.'
      : `Interrupted. The keys of ${subject} are gone, but read models may show them still: run it again.`,
  )
}

const explanation = `
It removes their keys, so that the log reads as if nothing personal had been in it; then snapshots of their streams; it
builds the read models of the config anew, and searches the store for what was known. Programs that run may know keys for
a while (\`cacheFor\`, one minute by default). What is outside of the store it cannot reach: mails, logs, backups.
`
