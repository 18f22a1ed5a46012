import type { ConsumerStateChange, EventStore } from '@eventfold/core'
import { type InstanceParameters, tell } from './chaos-parameters.ts'
import { persistently } from './chaos-program.ts'
import { chaosReaders } from './chaos-readers.ts'
import { unfenced } from './unfenced.ts'

/** Runs one instance of each reader until it is asked to stop. */
export async function runInstance(
  { name, partitions, leaseTime, reactions, isUnfenced }: InstanceParameters,
  open: () => Promise<EventStore>,
  asked: Promise<void>,
): Promise<void> {
  const opened = await persistently(open)
  const store = isUnfenced ? unfenced(opened) : opened
  let hasStarted = false
  const onStateChange = ({ to, error }: ConsumerStateChange) => {
    // A start that cannot reach the store fails, and is repeated here.
    if (to === 'failed' && hasStarted)
      void tell({ kind: 'failed', what: `${name}: ${(error as Error)?.stack ?? error}` })
  }
  const { model, reactor } = chaosReaders(store, reactions, {
    instance: name,
    leaseTime,
    onStateChange,
    ...(partitions !== undefined && { partitions }),
  })
  await Promise.all([persistently(() => model.start()), persistently(() => reactor.start())])
  hasStarted = true
  await tell({ kind: 'ready' })
  await asked
  await Promise.all([model.stop(), reactor.stop()])
  await store.close()
}
