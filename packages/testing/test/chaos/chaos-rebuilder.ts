import type { EventStore } from '@eventfold/core'
import { type RebuilderParameters, tell } from './chaos-parameters.ts'
import { persistently } from './chaos-program.ts'
import { chaosReaders } from './chaos-readers.ts'

/** Rebuilds the read model again and again, until it is asked to stop. It goes on where another was killed. */
export async function runRebuilder(
  { name, leaseTime }: RebuilderParameters,
  open: () => Promise<EventStore>,
  asked: Promise<void>,
): Promise<void> {
  const store = await persistently(open)
  const { model } = chaosReaders(store, '', { instance: name, leaseTime })
  await tell({ kind: 'ready' })
  let isOver = false
  void asked.then(() => {
    isOver = true
  })
  while (!isOver) {
    await persistently(() => model.rebuild({ partitions: 3 }))
    await tell({ kind: 'rebuilt' })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await store.close()
}
