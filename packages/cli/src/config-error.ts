/** The config, or what it opens, does not work. Exit code 3. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly next: string | undefined

  constructor(message: string, options: { readonly cause?: unknown; readonly next?: string } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.next = options.next
  }
}
