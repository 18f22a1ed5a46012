/**
 * Runs `work` with a signal that aborts at the first SIGINT or SIGTERM, with `reason()`. A second one ends the process at
 * once.
 */
export async function untilInterrupted<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  reason?: () => Error,
): Promise<Result> {
  const interrupt = new AbortController()
  const abort = () => {
    stopListening()
    interrupt.abort(reason?.())
  }
  const stopListening = () => {
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
  }
  process.on('SIGINT', abort)
  process.on('SIGTERM', abort)
  try {
    return await work(interrupt.signal)
  } finally {
    stopListening()
  }
}
