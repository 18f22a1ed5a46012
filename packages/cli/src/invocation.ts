/** What the command line has of the process that it runs in. */
export interface Invocation {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly errors: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where relative paths begin, and where a config is looked for. */
  readonly folder: string
  /** 0, until a check sets it to 1 because it has found something. */
  exitCode: number
}
