import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, EventStore, RecordedEvent } from '@eventfold/core'
import type { Chain } from './chain.ts'
import type { ChaosLedger } from './chaos-ledger.ts'
import { type ChaosReaders, chaosReaders } from './chaos-readers.ts'
import type { ChaosSlot } from './chaos-slot.ts'
import { checkItself } from './check-itself.ts'

/** How long readers have for what they must do when all is calm, in milliseconds. */
const patience = 60_000

export interface OutcomeOptions {
  readonly reactions: string
  readonly leaseTime: number
  /** In each an instance runs. */
  readonly slots: readonly ChaosSlot[]
}

/** Compares what became of the events with the ledger, when writers have ended and instances are left alone. */
export async function checkOutcome(
  store: EventStore,
  ledger: ChaosLedger,
  counts: Record<string, number>,
  { reactions, leaseTime, slots }: OutcomeOptions,
): Promise<void> {
  const log: RecordedEvent[] = []
  for await (const batch of store.readLogInBatches()) log.push(...batch)
  ledger.checkLog(log)
  counts['acknowledged'] = ledger.acknowledged
  counts['events'] = log.length

  const readersOf = (isHealed: boolean) => chaosReaders(store, reactions, { isHealed, leaseTime })
  const check = async (readers: ChaosReaders, isHealed: boolean) => {
    ledger.checkDocuments(await allDocuments(readers), { isHealed })
    await checkItself(readers, ledger)
    const lines = (await readFile(reactions, 'utf8')).split('\n').slice(0, -1)
    counts['reactions repeated'] = ledger.checkReactions(lines, { isHealed })
  }

  const watching = readersOf(false)
  const position = log.at(-1)?.position ?? 0
  await watching.model.waitFor(position, { timeout: patience })
  await watching.reactor.waitFor(position, { timeout: patience })
  const names = slots.map(({ instance }) => instance).sort()
  await until(async () => (await livingInstances(watching)).every((living) => living.join() === names.join()))
  for (const slot of slots) await slot.stop()
  await check(watching, false)
  if (ledger.violations.length > 0) return

  await within(readersOf(false), (readers) => checkParked(readers, ledger))
  await within(readersOf(true), async (readers) => {
    await retryParked(readers)
    await check(readers, true)
    counts['left over'] = await countLeftOver(store, readers)
  })
}

async function within(readers: ChaosReaders, work: (readers: ChaosReaders) => Promise<void>): Promise<void> {
  await Promise.all([readers.model.start(), readers.reactor.start()])
  try {
    await work(readers)
  } finally {
    await Promise.all([readers.model.stop(), readers.reactor.stop()])
  }
}

/** Names of the instances that are alive, for each of the readers. */
async function livingInstances({ model, reactor }: ChaosReaders): Promise<readonly (readonly string[])[]> {
  const statuses = [(await model.status()).consumer, await reactor.status()]
  return statuses.map((status) => [...(status?.instances ?? [])].sort())
}

async function allDocuments({ model }: ChaosReaders): Promise<ReadonlyMap<string, Chain>> {
  const found = new Map<string, Chain>()
  const page = await model.list({ limit: 1_000 })
  for (const { key, document } of page.documents) found.set(key, document)
  return found
}

function consumersOf({ model, reactor }: ChaosReaders): readonly Consumer[] {
  return [model.consumer as Consumer, reactor]
}

/** The poisonous event and what is behind it are held back, in order, and nothing else is. */
async function checkParked(readers: ChaosReaders, ledger: ChaosLedger): Promise<void> {
  const poisoned = ledger.poisoned()
  for (const consumer of consumersOf(readers)) {
    const parked = await consumer.parked({ limit: 100_000 })
    if (parked.map(({ id }) => id).join() !== poisoned.join()) {
      ledger.violation(`${consumer.name} holds ${parked.length} events back, not ${poisoned.length}`)
    }
    for (const [index, { reason, position }] of parked.entries()) {
      if (reason === (index === 0 ? 'failed' : 'behind')) continue
      ledger.violation(`${consumer.name} holds the event at ${position} back, because it is ${reason}`)
    }
  }
}

async function retryParked(readers: ChaosReaders): Promise<void> {
  for (const consumer of consumersOf(readers)) {
    await consumer.retryParked()
    await until(async () => (await consumer.parked({ limit: 1 })).length === 0)
  }
}

/** Documents of generations that do not serve any more: a process that is killed at the wrong moment leaves some. */
async function countLeftOver({ adapter }: EventStore, { model }: ChaosReaders): Promise<number> {
  const { current } = await model.status()
  let count = 0
  for (let number = 1; number < (current?.number ?? 1); number++) {
    for (const prefix of ['', 'eventfold:partitions/', 'eventfold:parked/', 'eventfold:held/']) {
      count += (await adapter.documents?.count(`${prefix}${model.name}#${number}`, [])) ?? 0
    }
  }
  return count
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patience
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${patience} ms: ${condition}`)
    await sleep(20)
  }
}
