import { getSystemErrorMessage } from 'node:util'

/** The file that was asked for cannot be read. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError'

  constructor(path: string, cause: unknown) {
    const errno = cause instanceof Error && 'errno' in cause ? Number(cause.errno) : Number.NaN
    super(`${path} cannot be read: ${errno < 0 ? getSystemErrorMessage(errno) : String(cause)}.`, { cause })
  }
}
