/** The store needs packages that are not installed. Exit code 3. */
export class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError'
  readonly next: string

  constructor(store: string, packages: readonly string[], cause: unknown) {
    super(`${store} needs ${packages.join(' and ')}, which cannot be found from here.`, { cause })
    this.next = `Install them beside @eventfold/cli: npm install ${packages.join(' ')}`
  }
}

/** Whether an import failed because a package is not there, and not because of what is in it. */
export function isMissingPackage(error: unknown, packages: readonly string[]): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
  return isMissing && packages.some((name) => error.message.includes(`'${name}'`))
}
