import { isEventfoldError } from '../errors.ts'
import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { changeConsumer } from './change-consumer.ts'
import { ConsumerRemovedError } from './consumer-errors.ts'
import type { ConsumerRun } from './consumer-run.ts'
import type { ConsumerSettings } from './consumer-settings.ts'

/**
 * Pauses the whole fleet: asks all instances to end at the next event, gives them `stopTimeout` for it, and then fences
 * whoever has not, so that no checkpoint can move any more.
 */
export async function pauseConsumer<Transaction>(
  settings: ConsumerSettings<Transaction>,
  run: ConsumerRun<Transaction> | undefined,
): Promise<void> {
  const { documents, store, stopTimeout, random } = settings
  const deadline = performance.now() + stopTimeout
  await changeConsumer(documents, (record) => ({ ...record, paused: true }))
  store.adapter.wakeUp()
  await run?.rest()
  const backOff = new BackOff(10, 250, random)
  while (performance.now() < deadline && (await isWorkedOn(settings))) await sleep(backOff.next())
  await store.adapter.transaction((transaction) => fence(settings, transaction))
}

async function isWorkedOn<Transaction>({
  documents,
  store,
}: ConsumerSettings<Transaction>): Promise<boolean> {
  const now = await store.adapter.now()
  const partitions = await documents.allPartitions()
  const instances = await documents.allInstances()
  const alive = new Set(instances.filter(({ state }) => state.until > now).map(({ key }) => key))
  return partitions.some(({ state }) => state.owner !== null && alive.has(state.owner))
}

async function fence<Transaction>(
  { documents, name }: ConsumerSettings<Transaction>,
  transaction: Transaction,
): Promise<void> {
  const record = await documents.readConsumer(transaction)
  if (record === undefined) throw new ConsumerRemovedError(name)
  const partitions = await documents.lockPartitions(record.state.partitions, transaction)
  const fenced = partitions.map(({ text, state }) => {
    const { epoch, revision } = state
    return documents.partitionWrite({ ...state, owner: null, epoch: epoch + 1, revision: revision + 1 }, text)
  })
  await documents.adapter.write(fenced, transaction)
}

/** Ends a pause, and clears what had failed so that it is tried again. */
export async function resumeConsumer<Transaction>(settings: ConsumerSettings<Transaction>): Promise<void> {
  const { documents } = settings
  const failed = (await documents.allPartitions()).filter(({ state }) => state.failed !== null)
  for (const { text, state } of failed) {
    const cleared = { ...state, failed: null, revision: state.revision + 1 }
    try {
      await documents.adapter.write([documents.partitionWrite(cleared, text)])
    } catch (error) {
      // Somebody tries it already.
      if (!isEventfoldError(error, 'document-conflict')) throw error
    }
  }
  await changeConsumer(documents, (record) => ({ ...record, paused: false }))
}
