import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { hasEnded, type SagaRecord } from './saga-record.ts'

/** Reads an instance until it has ended, or the time is up: often at first, then ten times a second. */
export async function untilEnded(
  read: () => Promise<SagaRecord | undefined>,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
): Promise<SagaRecord | undefined> {
  const deadline = performance.now() + timeout
  const pauses = new BackOff(5, 100, () => 0)
  for (;;) {
    signal?.throwIfAborted()
    const record = await read()
    const left = deadline - performance.now()
    if (left <= 0 || (record !== undefined && hasEnded(record))) return record
    await sleep(Math.min(pauses.next(), left), signal)
  }
}
