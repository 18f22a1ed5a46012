import type { Topic } from './topic.ts'
import { append } from './topics/append.ts'
import { atomicity } from './topics/atomicity.ts'
import { closedStreams } from './topics/closed-streams.ts'
import { commandIdempotency } from './topics/command-idempotency.ts'
import { commandQueues } from './topics/command-queues.ts'
import { concurrency } from './topics/concurrency.ts'
import { consumerFailures } from './topics/consumer-failures.ts'
import { consumerParking } from './topics/consumer-parking.ts'
import { consumerPartitions } from './topics/consumer-partitions.ts'
import { consumerTakeover } from './topics/consumer-takeover.ts'
import { consumers } from './topics/consumers.ts'
import { documentFields } from './topics/document-fields.ts'
import { documentPages } from './topics/document-pages.ts'
import { documentRaces } from './topics/document-races.ts'
import { documentWrites } from './topics/document-writes.ts'
import { documents } from './topics/documents.ts'
import { documentsInTransactions } from './topics/documents-in-transactions.ts'
import { exactlyOnce } from './topics/exactly-once.ts'
import { expectedVersion } from './topics/expected-version.ts'
import { globalOrder } from './topics/global-order.ts'
import { idempotency } from './topics/idempotency.ts'
import { idempotencyRaces } from './topics/idempotency-races.ts'
import { isolation } from './topics/isolation.ts'
import { lifecycle } from './topics/lifecycle.ts'
import { names } from './topics/names.ts'
import { notary } from './topics/notary.ts'
import { outboxes } from './topics/outboxes.ts'
import { overlappingTransactions } from './topics/overlapping-transactions.ts'
import { payloads } from './topics/payloads.ts'
import { privacy } from './topics/privacy.ts'
import { projectionRebuild } from './topics/projection-rebuild.ts'
import { projections } from './topics/projections.ts'
import { readLog } from './topics/read-log.ts'
import { readLogFilters } from './topics/read-log-filters.ts'
import { readStream } from './topics/read-stream.ts'
import { refusals } from './topics/refusals.ts'
import { refusedContent } from './topics/refused-content.ts'
import { removal } from './topics/removal.ts'
import { removalAndConsumers } from './topics/removal-and-consumers.ts'
import { sagas } from './topics/sagas.ts'
import { schemaEvolution } from './topics/schema-evolution.ts'
import { snapshots } from './topics/snapshots.ts'
import { streamInfo } from './topics/stream-info.ts'
import { subscriptions } from './topics/subscriptions.ts'
import { time } from './topics/time.ts'
import { timers } from './topics/timers.ts'
import { transactionOptions } from './topics/transaction-options.ts'
import { transactions } from './topics/transactions.ts'
import { transfer } from './topics/transfer.ts'
import { wakeUp } from './topics/wake-up.ts'

/** The contract, by topic. */
export const topics: readonly Topic[] = [
  append,
  expectedVersion,
  atomicity,
  concurrency,
  idempotency,
  idempotencyRaces,
  readStream,
  readLog,
  readLogFilters,
  globalOrder,
  payloads,
  names,
  refusals,
  refusedContent,
  isolation,
  streamInfo,
  transactions,
  transactionOptions,
  documents,
  documentWrites,
  documentFields,
  documentPages,
  documentRaces,
  documentsInTransactions,
  overlappingTransactions,
  transfer,
  closedStreams,
  removal,
  notary,
  wakeUp,
  subscriptions,
  consumers,
  consumerTakeover,
  consumerPartitions,
  exactlyOnce,
  consumerFailures,
  consumerParking,
  removalAndConsumers,
  projections,
  projectionRebuild,
  commandIdempotency,
  outboxes,
  timers,
  commandQueues,
  sagas,
  snapshots,
  schemaEvolution,
  privacy,
  lifecycle,
  time,
]
