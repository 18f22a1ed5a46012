import type { EventStore } from '../store/event-store.ts'
import { Alarm } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { hasEnded, type SagaRecord } from './saga-record.ts'

/** Reads an instance until it has ended, or the time is up; looks at every wake-up, and now and then. */
export async function untilEnded<Transaction>(
  store: EventStore<Transaction>,
  read: () => Promise<SagaRecord | undefined>,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
): Promise<SagaRecord | undefined> {
  const alarm = new Alarm()
  const deadline = performance.now() + timeout
  const pauses = new BackOff(5, 250, () => 0)
  const stopListening = await store.onAppend(alarm.ring)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const record = await read()
      const left = deadline - performance.now()
      if (left <= 0 || (record !== undefined && hasEnded(record))) return record
      await alarm.sleep(Math.min(pauses.next(), left), signal)
    }
  } finally {
    await stopListening()
  }
}
