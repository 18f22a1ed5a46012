import type { Topic } from './topic.ts'
import { append } from './topics/append.ts'
import { atomicity } from './topics/atomicity.ts'
import { concurrency } from './topics/concurrency.ts'
import { expectedVersion } from './topics/expected-version.ts'
import { globalOrder } from './topics/global-order.ts'
import { idempotency } from './topics/idempotency.ts'
import { idempotencyRaces } from './topics/idempotency-races.ts'
import { isolation } from './topics/isolation.ts'
import { lifecycle } from './topics/lifecycle.ts'
import { names } from './topics/names.ts'
import { payloads } from './topics/payloads.ts'
import { readLog } from './topics/read-log.ts'
import { readLogFilters } from './topics/read-log-filters.ts'
import { readStream } from './topics/read-stream.ts'
import { refusals } from './topics/refusals.ts'
import { refusedContent } from './topics/refused-content.ts'
import { streamInfo } from './topics/stream-info.ts'
import { time } from './topics/time.ts'
import { transactions } from './topics/transactions.ts'
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
  wakeUp,
  lifecycle,
  time,
]
