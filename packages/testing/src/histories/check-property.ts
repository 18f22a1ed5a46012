import fc from 'fast-check'

export interface CheckOptions {
  /** How many are tried. */
  readonly runs?: number
  /** Of a failure: begins with the same history. */
  readonly seed?: number
  /** Of a failure: goes straight to its smallest history. */
  readonly path?: string
}

/** Runs `check` on random input; a failure says how to replay it, with the smallest input that was found. */
export async function checkProperty<Input>(
  name: string,
  input: fc.Arbitrary<Input>,
  check: (input: Input) => Promise<void>,
  { runs = 100, seed, path }: CheckOptions,
): Promise<void> {
  const details = await fc.check(fc.asyncProperty(input, check), {
    numRuns: runs,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path, endOnFailure: true }),
  })
  if (!details.failed) return
  const replay = `{ seed: ${details.seed}, path: '${details.counterexamplePath}' }`
  const cause = details.errorInstance
  const reason = cause instanceof Error ? cause.message : String(cause)
  const [found] = details.counterexample ?? []
  throw new Error(
    `${name} failed after ${details.numRuns} runs. Replay it with ${replay}.\n\n${reason}\n\nInput: ${show(found)}`,
    { cause },
  )
}

function show(input: unknown): string {
  return Array.isArray(input)
    ? `[\n${input.map((item) => `  ${fc.stringify(item)},`).join('\n')}\n]`
    : fc.stringify(input)
}
