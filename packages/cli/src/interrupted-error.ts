/** Somebody has pressed Ctrl-C. Exit code 130, as of programs that such a signal ends. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'

  constructor(message: string) {
    super(message)
  }
}
