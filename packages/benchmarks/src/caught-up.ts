/** After so many events the program looks at its memory. */
export const sampleInterval = 5_000

/** What the program that catches up tells. */
export interface CaughtUp {
  readonly handled: number
  /** Memory of the process at every look, in bytes. */
  readonly rss: readonly number[]
}
