import type { ConsumerRun } from './consumer-run.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { ConsumerLag, ConsumerStatus, PartitionStatus } from './consumer-status.ts'
import { describeFailure, failureInfo } from './failure-info.ts'
import { storedProgress } from './partition-progress.ts'
import type { PartitionState } from './partition-state.ts'

/** How a consumer is, by what is stored, and by what the run in this process knows. */
export async function readConsumerStatus<Transaction>(
  settings: ConsumerSettings<Transaction>,
  run: ConsumerRun<Transaction> | undefined,
): Promise<ConsumerStatus> {
  const { documents, store, name } = settings
  const now = await store.adapter.now()
  const states = (await documents.allPartitions()).map(({ state }) => state)
  const instances = await documents.allInstances()
  const parked = await documents.adapter.count(documents.parked, [])
  const lag = await readLag(settings, storedProgress(states, run, undefined), now)
  const failed = states.find((state) => state.failed !== null)?.failed
  const trouble = run?.error ?? run?.trouble
  const moved = Math.max(0, ...(run?.share.runners ?? []).map(({ context }) => context.lastMoved))
  return {
    name,
    state: failed ? 'failed' : (run?.state ?? 'stopped'),
    healthy: !failed && (run?.isHealthy ?? true),
    partitions: states.map((state) => partitionStatus(state, run)),
    instances: instances.filter(({ state }) => state.until > now).map(({ state }) => state.name),
    parked,
    lag,
    error: failureInfo(failed) ?? (trouble && failureInfo(describeFailure(trouble.error, now))),
    lastProgressAt: moved === 0 ? undefined : new Date(performance.timeOrigin + moved),
  }
}

function partitionStatus<Transaction>(
  { index, owner, epoch, position, handled, skipped, failed }: PartitionState,
  run: ConsumerRun<Transaction> | undefined,
): PartitionStatus {
  const own = run?.share.runners.find(
    (candidate) => candidate.index === index && candidate.epoch === epoch,
  )?.context
  return {
    index,
    owner: owner?.slice(0, owner.lastIndexOf('#')),
    mine: owner !== null && owner === run?.share.id,
    position: Math.max(position, own?.position ?? 0),
    handled: own === undefined ? handled.count : own.checkpoint.state.handled.count + own.progress.count,
    skipped: skipped.count,
    failed: failureInfo(failed),
  }
}

async function readLag<Transaction>(
  { store, filter }: ConsumerSettings<Transaction>,
  position: number,
  now: number,
): Promise<ConsumerLag> {
  const head = await store.adapter.head()
  if (head <= position) return { events: 0, seconds: 0 }
  const page = await store.adapter.readLog(
    store.widened({ after: position, before: Number.MAX_SAFE_INTEGER, backwards: false, limit: 1, filter }),
  )
  const [oldest] = page.events
  if (oldest === undefined) return { events: 0, seconds: 0 }
  return { events: head - position, seconds: Math.max(0, now - oldest.recordedAt) / 1000 }
}
