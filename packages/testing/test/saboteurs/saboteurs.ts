import { AbandonedTransactions } from './abandoned-transactions.ts'
import { BlindTransactions } from './blind-transactions.ts'
import { ChangedText, normalise, roundNumbers, sortKeys } from './changed-text.ts'
import { CheckBeforeAppend } from './check-before-append.ts'
import { ConflictingAny } from './conflicting-any.ts'
import { ContentBlind } from './content-blind.ts'
import { DeafInstances } from './deaf-instances.ts'
import { DirtyReads } from './dirty-reads.ts'
import { DroppedDuplicates } from './dropped-duplicates.ts'
import { EternalTransactions } from './eternal-transactions.ts'
import { EventByEvent } from './event-by-event.ts'
import { FilterAfterLimit } from './filter-after-limit.ts'
import { ForgottenIds } from './forgotten-ids.ts'
import { ForgottenVersions } from './forgotten-versions.ts'
import { FractionalTime } from './fractional-time.ts'
import { GappyStretches } from './gappy-stretches.ts'
import { GapsInVersions } from './gaps-in-versions.ts'
import { HalfToldWakeUps } from './half-told-wake-ups.ts'
import { HastyClose } from './hasty-close.ts'
import { HastyNext } from './hasty-next.ts'
import { IgnoredExpectation } from './ignored-expectation.ts'
import { IgnoredRollback } from './ignored-rollback.ts'
import { IgnoredSignal } from './ignored-signal.ts'
import { LateArrival } from './late-arrival.ts'
import { LocalWakeUp } from './local-wake-up.ts'
import { NeverClosed } from './never-closed.ts'
import { NoVersionCheck } from './no-version-check.ts'
import { NoWakeUp } from './no-wake-up.ts'
import { RenamedStreams } from './renamed-streams.ts'
import { ReversedPositions } from './reversed-positions.ts'
import type { Saboteur } from './saboteur.ts'
import { SharedAdapter } from './shared-adapter.ts'
import { SharedHandle } from './shared-handle.ts'
import { SharedObjects } from './shared-objects.ts'
import { ShortPages } from './short-pages.ts'
import { SkippedBoundary } from './skipped-boundary.ts'
import { StaleInfo } from './stale-info.ts'
import { StoredTwice } from './stored-twice.ts'
import { StreamByStream } from './stream-by-stream.ts'
import { UnheededWakeUp } from './unheeded-wake-up.ts'
import { UnorderedLog } from './unordered-log.ts'
import { UntypedErrors } from './untyped-errors.ts'
import { WakeUpBeforeCommit } from './wake-up-before-commit.ts'
import { WrappedErrors } from './wrapped-errors.ts'
import { WrongActualVersion } from './wrong-actual-version.ts'
import { WrongClock } from './wrong-clock.ts'
import { byAnyTag, byPrefix, WrongFilter } from './wrong-filter.ts'

const startedAt = Date.now()

export const saboteurs: readonly Saboteur[] = [
  { name: 'no version check', topic: 'expected version', spoil: (inner) => new NoVersionCheck(inner) },
  {
    name: 'a version check before the append',
    topic: 'concurrency',
    spoil: (inner) => new CheckBeforeAppend(inner),
  },
  {
    name: "no real 'no-stream'",
    topic: 'expected version',
    spoil: (inner) => new IgnoredExpectation(inner, 'no-stream'),
  },
  {
    name: "'stream-exists' taken for 'any'",
    topic: 'expected version',
    spoil: (inner) => new IgnoredExpectation(inner, 'stream-exists'),
  },
  { name: "'any' that conflicts", topic: 'concurrency', spoil: (inner) => new ConflictingAny(inner) },
  {
    name: 'a wrong actual version',
    topic: 'expected version',
    spoil: (inner) => new WrongActualVersion(inner),
  },
  { name: 'errors of the driver', topic: 'expected version', spoil: (inner) => new UntypedErrors(inner) },
  { name: 'late arrivals', topic: 'global order', spoil: (inner) => new LateArrival(inner) },
  { name: 'a log without order', topic: 'read log', spoil: (inner) => new UnorderedLog(inner) },
  { name: 'positions against versions', topic: 'append', spoil: (inner) => new ReversedPositions(inner) },
  { name: 'gaps in versions', topic: 'append', spoil: (inner) => new GapsInVersions(inner) },
  {
    name: 'duplicates dropped silently',
    topic: 'idempotency',
    spoil: (inner) => new DroppedDuplicates(inner),
  },
  { name: 'duplicates stored twice', topic: 'idempotency', spoil: (inner) => new StoredTwice(inner) },
  { name: 'duplicates by id alone', topic: 'idempotency', spoil: (inner) => new ContentBlind(inner) },
  { name: 'appends event by event', topic: 'atomicity', spoil: (inner) => new EventByEvent(inner) },
  { name: 'appends stream by stream', topic: 'atomicity', spoil: (inner) => new StreamByStream(inner) },
  { name: 'objects shared with readers', topic: 'isolation', spoil: (inner) => new SharedObjects(inner) },
  {
    name: 'folds without schema versions',
    topic: 'schema evolution',
    spoil: (inner) => new ForgottenVersions(inner),
  },
  {
    name: 'folds that tell events by what they say',
    topic: 'snapshots',
    spoil: (inner) => new ForgottenIds(inner),
  },
  { name: 'rounded numbers', topic: 'payloads', spoil: (inner) => new ChangedText(inner, roundNumbers) },
  { name: 'sorted keys', topic: 'payloads', spoil: (inner) => new ChangedText(inner, sortKeys) },
  { name: 'normalised text', topic: 'payloads', spoil: (inner) => new ChangedText(inner, normalise) },
  {
    name: 'stream ids without case',
    topic: 'names',
    spoil: (inner) => new RenamedStreams(inner, (stream) => stream.toLowerCase()),
  },
  {
    name: 'stream ids in a normal form',
    topic: 'names',
    spoil: (inner) => new RenamedStreams(inner, (stream) => stream.normalize('NFC')),
  },
  { name: 'a page that skips its boundary', topic: 'read log', spoil: (inner) => new SkippedBoundary(inner) },
  { name: 'streams cut off', topic: 'read stream', spoil: (inner) => new ShortPages(inner) },
  {
    name: 'a filter after the limit',
    topic: 'read log filters',
    spoil: (inner) => new FilterAfterLimit(inner),
  },
  { name: 'a next that runs ahead', topic: 'read log', spoil: (inner) => new HastyNext(inner) },
  {
    name: 'a category as mere prefix',
    topic: 'read log filters',
    spoil: (inner) => new WrongFilter(inner, byPrefix),
  },
  {
    name: 'any tag for all tags',
    topic: 'read log filters',
    spoil: (inner) => new WrongFilter(inner, byAnyTag),
  },
  { name: 'a wake-up before the commit', topic: 'wake-up', spoil: (inner) => new WakeUpBeforeCommit(inner) },
  { name: 'no wake-up', topic: 'wake-up', spoil: (inner) => new NoWakeUp(inner) },
  {
    name: 'wake-ups that name some writes only',
    topic: 'wake-up',
    spoil: (inner) => new HalfToldWakeUps(inner),
  },
  {
    name: 'wake-ups that tell part of the log as if it were all',
    topic: 'wake-up',
    spoil: (inner) => new GappyStretches(inner),
  },
  { name: 'a close that does not wait', topic: 'lifecycle', spoil: (inner) => new HastyClose(inner) },
  { name: 'a store that stays usable', topic: 'lifecycle', spoil: (inner) => new NeverClosed(inner) },
  { name: 'rollbacks that commit', topic: 'transactions', spoil: (inner) => new IgnoredRollback(inner) },
  { name: 'wrapped errors of the work', topic: 'transactions', spoil: (inner) => new WrappedErrors(inner) },
  { name: 'dirty reads', topic: 'transactions', spoil: (inner) => new DirtyReads(inner) },
  {
    name: 'transactions that read outside',
    topic: 'transactions',
    spoil: (inner) => new BlindTransactions(inner),
  },
  {
    name: 'transactions without end',
    topic: 'transactions',
    spoil: (inner) => new EternalTransactions(inner),
  },
  { name: 'stale knowledge of streams', topic: 'stream info', spoil: (inner) => new StaleInfo(inner) },
  { name: 'fractions of milliseconds', topic: 'time', spoil: (inner) => new FractionalTime(inner) },
  {
    name: 'a clock of its own',
    topic: 'time',
    spoil: (inner) => new WrongClock(inner, (now) => now + 3_600_000),
  },
  {
    name: 'a clock with fractions',
    topic: 'time',
    spoil: (inner) => new WrongClock(inner, (now) => now + 0.5),
  },
  { name: 'a clock that stands', topic: 'time', spoil: (inner) => new WrongClock(inner, () => startedAt) },
  { name: 'no wake-up when asked for', topic: 'wake-up', spoil: (inner) => new UnheededWakeUp(inner) },
  {
    name: 'a signal that is ignored',
    topic: 'transaction options',
    spoil: (inner) => new IgnoredSignal(inner),
  },
  {
    name: 'an abort that leaves the transaction open',
    topic: 'transaction options',
    spoil: (inner) => new AbandonedTransactions(inner),
  },
  {
    name: 'zombies that write on without a transaction',
    topic: 'transaction options',
    spoil: (inner) => new EternalTransactions(inner),
  },
  {
    name: 'zombies that write into the next transaction',
    topic: 'transaction options',
    spoil: (inner) => new SharedHandle(inner),
  },
]

/** Stores that break a promise which only several instances on one storage can break. */
export const sharedSaboteurs: readonly Saboteur[] = [
  { name: 'instances deaf to each other', topic: 'wake-up', spoil: (inner) => new DeafInstances(inner) },
  {
    name: 'wake-ups asked for that stay in the instance',
    topic: 'wake-up',
    spoil: (inner) => new LocalWakeUp(inner),
  },
  {
    name: 'late arrivals from other instances',
    topic: 'global order',
    spoil: (inner) => new LateArrival(new SharedAdapter(inner)),
  },
  {
    name: 'a version check before the append, by instance',
    topic: 'concurrency',
    spoil: (inner) => new CheckBeforeAppend(new SharedAdapter(inner)),
  },
  {
    name: 'duplicates known to one instance only',
    topic: 'idempotency under races',
    spoil: (inner) => new StoredTwice(new SharedAdapter(inner)),
  },
]
