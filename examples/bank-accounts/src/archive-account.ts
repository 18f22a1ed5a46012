import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { archiveStream, DomainError, type EventStore } from '@eventfold/core'
import { openAccounts } from './open-accounts.ts'

/** Moves the history of a closed account into a file, once it is on the disk. Resolves with the path. */
export async function archiveAccount<Transaction>(
  store: EventStore<Transaction>,
  id: string,
  { archivedOn, folder }: { readonly archivedOn: string; readonly folder: string },
) {
  const { stream, state, version } = await openAccounts(store).load(id)
  if (state.status !== 'closed') {
    throw new DomainError('account-not-closed', 'Only a closed account can be archived.')
  }
  const path = join(folder, `${stream}.jsonl`)
  await archiveStream(
    store,
    stream,
    async (lines) => {
      await pipeline(Readable.from(withLineFeeds(lines)), createWriteStream(path, { flush: true }))
      return path
    },
    {
      expected: version,
      tombstone: () => ({ type: 'AccountArchived', data: { archivedOn, archive: path } }),
    },
  )
  return path
}

async function* withLineFeeds(lines: AsyncIterable<string>) {
  for await (const line of lines) yield `${line}\n`
}
