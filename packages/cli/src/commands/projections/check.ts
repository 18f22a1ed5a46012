import type { AuditReport, CheckReport, CheckSelection } from '@eventfold/core'
import { countOf } from '../../count-of.ts'
import { differenceLines } from '../../difference-lines.ts'
import type { Invocation } from '../../invocation.ts'
import { findReadModel } from '../../open-read-model.ts'
import { repeated } from '../../repeated.ts'
import { withSession } from '../../session.ts'
import { type CommandGroup, storeCommand } from '../../store-options.ts'
import { UsageError } from '../../usage-error.ts'
import { wholeNumber } from '../../whole-number.ts'

/** `projections check <name>`: whether a read model is what the events say. */
export function registerCheck(group: CommandGroup, invocation: Invocation): void {
  storeCommand(group, 'check')
    .description('compare a read model with the events; exit code 1 where they differ')
    .argument('<name>', 'of the projection')
    .option('--key <key>', 'only this document, and no audit; several times: these', repeated)
    .option('--sample <count>', 'only so many documents at random, and no audit', wholeNumber(1))
    .addHelpText('after', explanation)
    .action(async (name, { key, sample, ...options }) => {
      if (key !== undefined && sample !== undefined) throw new UsageError('Say either --key or --sample.')
      const part: CheckSelection | undefined =
        key !== undefined ? { keys: key } : sample !== undefined ? { sample } : undefined
      await withSession(invocation, options, async ({ store, config, output }) => {
        const { kind, model } = findReadModel(store, config, name)
        if (kind === 'tables' && part !== undefined) {
          throw new UsageError(`${name} has tables, and --key and --sample are for documents.`, {
            next: `To compare its rows: eventfold projections rebuild ${name} --dry-run`,
          })
        }
        const { current, version } = await model.status()
        if (current === undefined || current.version !== version) {
          const serves = current === undefined ? 'nothing' : `version ${current.version}`
          throw new UsageError(`The config has version ${version} of ${name}, but ${serves} serves.`)
        }
        const documents = kind === 'documents' ? await model.check(part ?? { all: true }) : undefined
        const audit = part === undefined ? await model.audit() : undefined
        const ok = (documents?.differences.length ?? 0) === 0 && audit?.complete !== false
        await output.document({ name, ok, documents, audit }, () => tell(name, documents, audit).join('\n'))
        if (!ok) output.found()
      })
    })
}

function tell(
  name: string,
  documents: CheckReport<unknown> | undefined,
  audit: AuditReport | undefined,
): readonly string[] {
  const lines: string[] = []
  if (documents !== undefined) {
    const { checked, differences, held } = documents
    const found = differences.length === 0 ? 'all as the events say' : `${differences.length} differ`
    lines.push(`${name}: ${countOf(checked, 'document')} checked, ${found}.`)
    if (held.length > 0)
      lines.push(`${held.length} left out, as events of theirs are parked: ${held.join(', ')}`)
    lines.push(...differences.flatMap(differenceLines))
  }
  if (audit !== undefined) {
    const { complete, expected, handled, skipped, discarded, parked, position } = audit
    const outcome = complete ? 'each consumed once' : 'NOT what was consumed'
    lines.push(
      `${name}: ${countOf(expected, 'event')} up to position ${position}, ${outcome} ` +
        `(${handled} handled, ${skipped} skipped, ${discarded} discarded, ${parked} parked).`,
    )
  }
  return lines
}

const explanation = `
Documents are computed anew from the events and compared; the audit counts the events of the log and compares with what
was consumed. The rows of tables are compared by: eventfold projections rebuild <name> --dry-run
`
