import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { type ExportProgress, exportLog } from '@eventfold/core'
import { countOf } from '../count-of.ts'
import { InterruptedError } from '../interrupted-error.ts'
import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { Progress } from '../progress.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { untilInterrupted } from '../until-interrupted.ts'
import { UsageError } from '../usage-error.ts'
import { wholeNumber } from '../whole-number.ts'
import { writeWholeFile } from '../write-whole-file.ts'

/** `export [file]`: the log, and what consumers remember, as lines that `import` takes. */
export function registerExport(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'export')
    .description('print the log, or write it to a file, for import into another store')
    .argument('[file]', 'there only once it is complete; default: stdout')
    .option('--after <position>', 'only events after this position', wholeNumber(0), 0)
    .option('--documents', 'also what consumers, read models and sagas remember; stop all of them before')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', explanation)
    .action(async (file, { after, documents = false, force = false, ...options }) => {
      const path = file === undefined ? undefined : resolve(invocation.folder, file)
      if (path === undefined && force) throw new UsageError('--force goes with a file.')
      if (path !== undefined && existsSync(path) && !force) {
        throw new UsageError(`There is a file ${path} already.`, {
          next: 'Name another one, or add --force to replace it once the export is complete.',
        })
      }
      await withSession(invocation, options, async ({ store, output }) => {
        let state: ExportProgress = { events: 0, documents: 0, position: after, head: after }
        // Lines and a bar on the same screen are of no use.
        const isShown = path !== undefined || invocation.output.isTTY !== true
        const progress = new Progress(invocation.errors, output.json, 'events')
        const lines = exportLog(store, {
          after,
          documents,
          onProgress: (next) => {
            state = next
            const { position, head, events } = next
            if (isShown) progress.update({ done: position, total: Math.max(head, position), count: events })
          },
        })
        try {
          await untilInterrupted(
            async (signal) => {
              if (path === undefined) await print(lines, output, signal)
              else await writeWholeFile(path, inParts(lines, signal))
            },
            () => interrupted(path),
          )
        } finally {
          progress.stop()
        }
        const { events, documents: copied, position } = state
        const documented = documents ? ` and ${countOf(copied, 'document')}` : ''
        const text = `Exported ${countOf(events, 'event')}${documented}, up to position ${position}.`
        if (path === undefined) return output.note(text)
        await output.document(
          { file: path, events, documents: documents ? copied : null, position },
          () => text,
        )
      })
    })
}

async function print(lines: AsyncIterable<string>, output: Output, signal: AbortSignal): Promise<void> {
  for await (const part of inParts(lines, signal)) await output.write(part.slice(0, -1))
}

/** Characters that are written at a time. */
const partSize = 65_536

async function* inParts(
  lines: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let part = ''
  for await (const line of lines) {
    signal.throwIfAborted()
    part += `${line}\n`
    if (part.length < partSize) continue
    yield part
    part = ''
  }
  if (part !== '') yield part
}

function interrupted(path: string | undefined): Error {
  return new InterruptedError(
    path === undefined
      ? 'Interrupted. What was printed is not all of it, and an import refuses it at its end.'
      : `Interrupted. There is no ${basename(path)}.`,
  )
}

const explanation = `
The log may grow meanwhile; with --documents nothing may write. The last line says that the export is complete: where it
is missing, an import stores what is there, and says that the rest was cut off. A file is written as
<file>.<pid>.partial, and renamed once it is complete.
`
