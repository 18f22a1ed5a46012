import { createReadStream } from 'node:fs'
import { UnreadableFileError } from './unreadable-file-error.ts'

/** How many rows a CSV file has, about: its lines without the header. Progress needs to know before it is read. */
export async function countRows(path: string) {
  let lines = 0
  try {
    for await (const chunk of createReadStream(path, 'utf8')) lines += chunk.split('\n').length - 1
  } catch (cause) {
    throw new UnreadableFileError(path, cause)
  }
  return Math.max(1, lines - 1)
}
