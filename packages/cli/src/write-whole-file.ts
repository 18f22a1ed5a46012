import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { describeFileError } from './file-error.ts'

/**
 * Writes a file so that its path never shows a part of it: beside it, under a name that ends with `.partial`, which takes
 * its place once all of it is on the disk. A process that is killed leaves that one behind; whatever fails removes it.
 *
 * @throws FileError, and what `text` throws
 */
export async function writeWholeFile(
  path: string,
  text: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  const partial = `${path}.${process.pid}.partial`
  try {
    await pipeline(text, createWriteStream(partial, { flush: true }))
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw describeFileError(error, path, 'written')
  }
}
