import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { archiveStream } from '@eventfold/core'
import { confirm } from '../confirm.ts'
import { countOf } from '../count-of.ts'
import type { Invocation } from '../invocation.ts'
import { withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { UsageError } from '../usage-error.ts'
import { writeWholeFile } from '../write-whole-file.ts'

/** `archive <stream> <file>`: moves the events of a stream into a file. */
export function registerArchive(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'archive')
    .description('move the events of a stream into a file, and leave a tombstone')
    .argument('<stream>', 'such as account-42')
    .argument('<file>', 'a new one; it is what `import` takes')
    .option('--force', 'also what some consumer has not processed yet, and so will never see')
    .option('--yes', 'ask nothing')
    .addHelpText('after', explanation)
    .action(async (stream, file, { force = false, yes = false, ...options }) => {
      const path = resolve(invocation.folder, file)
      if (existsSync(path)) {
        throw new UsageError(`There is a file ${path} already.`, { next: 'Name another one.' })
      }
      await withSession(invocation, options, async ({ store, output }) => {
        const consequence = `The events of ${stream} go into ${path}, and are removed from the store.`
        await confirm(consequence, stream, yes, invocation)
        const keep = async (lines: AsyncIterable<string>) => {
          await writeWholeFile(path, withFeeds(lines))
          return basename(path)
        }
        const { archived, version } = await archiveStream(store, stream, keep, { force })
        await output.document({ stream, archived, version, file: archived === 0 ? null : path }, () => {
          if (archived === 0) return `${stream} was archived before.`
          return `Moved ${countOf(archived, 'event')} into ${path}. What is left of ${stream} is version ${version}.`
        })
      })
    })
}

async function* withFeeds(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  for await (const line of lines) yield `${line}\n`
}

const explanation = `
The file is complete, and on the disk, before anything is removed. The stream stays closed, so that nobody begins it anew;
its tombstone names the file. For a tombstone that is an event of the aggregate use archiveStream in a program.
`
