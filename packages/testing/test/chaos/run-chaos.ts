import type { ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStore } from '@eventfold/core'
import { ChaosLedger } from './chaos-ledger.ts'
import type { ChaosParameters } from './chaos-parameters.ts'
import { ChaosProcess } from './chaos-process.ts'
import { ChaosSlot } from './chaos-slot.ts'
import { checkOutcome } from './check-outcome.ts'
import { pester } from './pester.ts'
import { Random } from './random.ts'
import { rebuildUnderFire } from './rebuild-under-fire.ts'
import { watchDocuments } from './watch-documents.ts'

/** The storage that processes share. */
export interface ChaosSubject {
  open(): Promise<EventStore>
  /** Starts the program of the store as a process. */
  start(parameters: ChaosParameters): ChildProcess
  /** Breaks connections, where there are any. Resolves with their number. */
  disconnect?(): Promise<number>
  /** Lets the server crash, and starts it again. */
  crash?(): Promise<void>
}

export interface ChaosOptions {
  readonly seed: number
  readonly seconds: number
  readonly instances: number
  /** How many of the instances join the others at half-time only. Default 0. */
  readonly joining?: number
  /** In milliseconds. */
  readonly leaseTime: number
  /** Whether the server crashes from time to time. Default false. */
  readonly crashes?: boolean
  /** A run that must find violations. Default false. */
  readonly isUnfenced?: boolean
}

export interface ChaosReport {
  readonly violations: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

/**
 * Several processes run one read model and one reactor, and are killed, frozen, stopped and started again with other
 * numbers of partitions, while four writers append. In the end each event must have been applied exactly once and in
 * order, by the oracle of what the writers were told; and one event that cannot be handled holds back only its stream.
 *
 * The seed repeats what is appended and what is done to the processes, but not what happens in between.
 */
export async function runChaos(subject: ChaosSubject, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, seconds, instances, joining = 0, leaseTime, isUnfenced = false, crashes = false } = options
  const ledger = new ChaosLedger()
  const counts: Record<string, number> = {}
  const reactions = join(tmpdir(), `eventfold-chaos-${process.pid}-${seed}-${Date.now()}.log`)
  const processes: ChaosProcess[] = []
  const start = (parameters: ChaosParameters) => {
    const process = new ChaosProcess(subject.start(parameters), parameters, ledger)
    processes.push(process)
    return process
  }
  const store = await subject.open()
  const writers = [0, 1].map((number) =>
    start({
      role: 'writer',
      name: `writer ${number}`,
      seed: 10 * seed + number,
      writers: 2,
      poisons: number === 0,
    }),
  )
  const slots = Array.from({ length: instances }, (_, number) => {
    const parameters = {
      role: 'instance',
      name: `instance-${number}`,
      leaseTime,
      reactions,
      isUnfenced,
    } as const
    return new ChaosSlot(parameters, new Random(1_000 * seed + number), counts, start)
  })
  const [early, late] = [slots.slice(joining), slots.slice(0, joining)]
  await Promise.all([...writers.map((writer) => writer.ready()), ...early.map((slot) => slot.live())])
  const end = performance.now() + 1_000 * seconds
  const isOver = () => performance.now() > end
  await ledger.settle([
    ...early.map((slot) => slot.run(isOver)),
    ...late.map((slot) => sleep(500 * seconds).then(() => slot.run(isOver))),
    disconnectAll(subject, new Random(seed), counts, isOver),
    rebuildUnderFire(
      (name) => start({ role: 'rebuilder', name, leaseTime }),
      new Random(seed + 1),
      ledger,
      isOver,
    ),
    pester(store, new Random(seed + 2), ledger, isOver).then((asked) => Object.assign(counts, { asked })),
    // A crash takes back what did not wait for the disk, and it is done again.
    crashes ? crashAll(subject, new Random(seed + 3), counts, isOver) : watchDocuments(store, ledger, isOver),
  ])
  for (const writer of writers) await writer.stop()
  await ledger.settle([checkOutcome(store, ledger, counts, { reactions, leaseTime, slots })])

  for (const process of processes) await process.kill()
  await store.close()
  await rm(reactions, { force: true })
  return { violations: ledger.violations, counts: { ...counts, rebuilt: ledger.rebuilds } }
}

async function disconnectAll(
  { disconnect }: ChaosSubject,
  random: Random,
  counts: Record<string, number>,
  isOver: () => boolean,
): Promise<void> {
  if (disconnect === undefined) return
  let disconnected = 0
  while (!isOver()) {
    await sleep(50 + random.below(400))
    disconnected += await disconnect().catch(() => 0)
  }
  Object.assign(counts, { disconnected })
}

async function crashAll(
  { crash }: ChaosSubject,
  random: Random,
  counts: Record<string, number>,
  isOver: () => boolean,
): Promise<void> {
  let crashed = 0
  while (!isOver()) {
    await sleep(1_000 + random.below(3_000))
    await crash?.()
    crashed++
  }
  Object.assign(counts, { crashed })
}
