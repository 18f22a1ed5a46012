import type { ConnectionOptions } from './connection.ts'

/** Also what a writer in a thread of its own is started with, so it is data only. */
export interface WriterOptions extends ConnectionOptions {
  /** In milliseconds. */
  readonly lockTimeout: number
}
