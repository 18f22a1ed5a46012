/** A file cannot be read or written, or is not what it should be. Exit code 3. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly next: string | undefined

  constructor(message: string, options: { readonly cause?: unknown; readonly next?: string } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.next = options.next
  }
}

/** What the operating system says of a file, or the error itself where it says nothing. */
export function describeFileError(error: unknown, path: string, what: 'read' | 'written'): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return new FileError(`${path} cannot be ${what}: ${error.message}.`, { cause: error })
}
