import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { importLog } from '@eventfold/core'
import { countOf } from '../count-of.ts'
import { describeFileError } from '../file-error.ts'
import { InterruptedError } from '../interrupted-error.ts'
import type { Invocation } from '../invocation.ts'
import { Progress } from '../progress.ts'
import { readLines } from '../read-lines.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { untilInterrupted } from '../until-interrupted.ts'
import { UsageError } from '../usage-error.ts'

/** `import [file]`: makes in a store the log that `export` has read from another one. */
export function registerImport(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'import')
    .description('store what export has given, in a store that is empty or holds the beginning of it')
    .argument('[file]', 'default: stdin')
    .addHelpText('after', explanation)
    .action(async (file, options) => {
      const path = file === undefined ? undefined : resolve(invocation.folder, file)
      if (path === undefined && invocation.input.isTTY === true) {
        throw new UsageError('Say which file, or give it as stdin.', {
          next: 'Such as: eventfold import bank.jsonl, or: zcat bank.jsonl.gz | eventfold import',
        })
      }
      const total = path === undefined ? undefined : await sizeOf(path)
      await withSession(invocation, options, async ({ store, output }) => {
        const progress = new Progress(invocation.errors, output.json, 'events')
        let done = 0
        const run = async (signal: AbortSignal) => {
          const input = path === undefined ? (invocation.input as Readable) : createReadStream(path)
          const lines = readLines(addAbortSignal(signal, input), (bytes) => {
            done = bytes
          })
          try {
            return await importLog(store, lines, {
              onProgress: ({ events }) => {
                progress.update({ done, total, count: events })
                signal.throwIfAborted()
              },
            })
          } catch (error) {
            signal.throwIfAborted()
            throw path === undefined ? error : describeFileError(error, path, 'read')
          }
        }
        const report = await untilInterrupted(run, interrupted).finally(() => progress.stop())
        await output.document(report, () => {
          const { events, stored, documents, position } = report
          const before = events === stored ? '' : ` (${events - stored} of them were there before)`
          const documented = documents === null ? '' : ` and ${countOf(documents, 'document')}`
          return `Imported ${countOf(events, 'event')}${before}${documented}, up to position ${position}.`
        })
      })
    })
}

/** @throws UsageError there is no such file */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return found.size
  throw new UsageError(`There is no file ${path}.`)
}

function interrupted(): Error {
  return new InterruptedError(
    'Interrupted. Whole batches of events are stored; the same command goes on behind them.',
  )
}

const explanation = `
Every 500 events are one transaction. An import that was interrupted, or killed, is done again from the first line: what
is stored is compared, and not stored again. Start no program on the store before the import has ended.
`
