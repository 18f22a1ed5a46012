import { sleep } from './alarm.ts'

/** Waits for a promise, but not for longer. It does not tell what became of it, and leaves no timer. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const end = new AbortController()
  await Promise.race([promise.then(ignore, ignore), sleep(milliseconds, end.signal)])
  end.abort()
}

function ignore(): void {}
