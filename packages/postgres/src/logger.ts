/** Where the store tells what is worth a look, such as a writer that holds readers back. `console` is one. */
export interface Logger {
  warn(message: string, details: Readonly<Record<string, unknown>>): void
}
