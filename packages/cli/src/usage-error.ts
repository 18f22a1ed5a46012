/** The command line asks for what cannot be: an unknown name, a missing option. Nothing was done. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** What to do instead, where the message does not say it. */
  readonly next: string | undefined

  constructor(message: string, options: { readonly next?: string } = {}) {
    super(message)
    this.next = options.next
  }
}
