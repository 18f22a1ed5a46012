import type { DocumentAdapter, StoreAdapter } from '@eventfold/core/adapter'
import { comparesNothing } from './careless-writes.ts'
import { EarlyCheckpoint, LateCheckpoint } from './checkpoint-apart.ts'
import { DirtyDocuments } from './dirty-documents.ts'
import { EternalTransactions } from './eternal-transactions.ts'
import { IgnoredRollback } from './ignored-rollback.ts'
import { LateArrival } from './late-arrival.ts'
import { LocklessTransactions } from './lockless-transactions.ts'
import { NoWakeUp } from './no-wake-up.ts'
import { SharedAdapter } from './shared-adapter.ts'
import { ShuffledPages } from './shuffled-pages.ts'
import { SkippedBoundary } from './skipped-boundary.ts'
import { type DocumentSpoiler, SpoiledDocuments } from './spoiled-documents.ts'
import { withClientClocks } from './wrong-clock.ts'

/** A store on which consumers or projections go wrong, and the case that has to notice. */
export interface ConsumerSaboteur {
  readonly name: string
  readonly title: string
  readonly spoil: (inner: StoreAdapter) => StoreAdapter
}

const withDocuments =
  (spoil: DocumentSpoiler) =>
  (inner: StoreAdapter): StoreAdapter =>
    new SpoiledDocuments(inner, spoil)

/** What is found of some collections lacks the last document. */
const overlooks =
  (prefix: string): DocumentSpoiler =>
  (documents: DocumentAdapter) => ({
    find: async (query, transaction) => {
      const found = await documents.find(query, transaction)
      return query.collection.startsWith(prefix) ? found.slice(0, -1) : found
    },
  })

const everyEvent = '[9] a consumer handles every event once and in order per stream, from catching up to live'
const zombie = '[10] an instance that stood still beyond its lease changes nothing when it goes on'
const rollback = '[10] documents and checkpoint are rolled back together when a handler fails'
const standby = '[9] an instance stands by while another gives signs of life'
const takeover = '[9] an instance that stands by takes over at once after a clean stop'

export const consumerSaboteurs: readonly ConsumerSaboteur[] = [
  { name: 'no fencing', title: zombie, spoil: withDocuments(comparesNothing) },
  { name: 'a checkpoint after the commit', title: zombie, spoil: (inner) => new LateCheckpoint(inner) },
  {
    name: 'events acknowledged before they are handled',
    title: rollback,
    spoil: (inner) => new EarlyCheckpoint(inner),
  },
  {
    name: 'events acknowledged before they are handled, seen by a crash',
    title: '[10] documents and checkpoint are committed together, or not at all, when a process dies',
    spoil: (inner) => new EarlyCheckpoint(inner),
  },
  {
    name: 'rollbacks that commit',
    title: '[11] a parked event of a read model is applied once and in order, and others are not held back',
    spoil: (inner) => new IgnoredRollback(inner),
  },
  {
    name: 'dirty reads',
    title: '[10] nothing of a batch is visible before its commit',
    spoil: (inner) => new DirtyDocuments(inner),
  },
  {
    name: 'zombies that write on without a transaction',
    title:
      '[11] a transaction whose handler does not end is rolled back, and what it writes later comes to nothing',
    spoil: (inner) => new EternalTransactions(inner),
  },
  { name: 'the clock of the client, ahead', title: standby, spoil: withClientClocks(1) },
  { name: 'the clock of the client, behind', title: standby, spoil: withClientClocks(-1) },
  {
    name: 'instances that are overlooked',
    title: standby,
    spoil: (inner) => withDocuments(overlooks('eventfold:instances/'))(new SharedAdapter(inner)),
  },
  {
    name: 'wake-ups that get lost',
    title: takeover,
    spoil: (inner) => new NoWakeUp(new SharedAdapter(inner)),
  },
  {
    name: 'partitions that are overlooked',
    title: '[9] a consumer in several partitions handles every event once and in order per stream',
    spoil: withDocuments(overlooks('eventfold:partitions/')),
  },
  {
    name: 'an order broken between partitions',
    title: '[9] a consumer in several partitions handles every event once and in order per stream',
    spoil: (inner) => new ShuffledPages(inner),
  },
  {
    name: 'an order broken on rebalance, as instances overlook each other',
    title: '[9] order per stream holds while instances come, share the partitions, and go',
    spoil: (inner) => withDocuments(overlooks('eventfold:instances/'))(new SharedAdapter(inner)),
  },
  {
    name: 'late arrivals',
    title: everyEvent,
    spoil: (inner) => new LateArrival(inner),
  },
  { name: 'pages that skip their boundary', title: everyEvent, spoil: (inner) => new SkippedBoundary(inner) },
  {
    name: 'held keys that are overlooked',
    title: '[11] parked events stay parked over a restart, and can be given up',
    spoil: withDocuments(overlooks('eventfold:held/')),
  },
  {
    name: 'parked events that are overlooked',
    title:
      '[11] a parked event holds back its own stream only, and is handled in order when it is tried again',
    spoil: withDocuments(overlooks('eventfold:parked/')),
  },
  {
    name: 'locks that are ignored, under inline projections',
    title: '[10] inline, events of concurrent writers are applied once each, in the order of the log',
    spoil: (inner) => new LocklessTransactions(inner),
  },
  {
    name: 'rollbacks that commit, under inline projections',
    title: '[10] an append fails as a whole when an inline projection refuses its events',
    spoil: (inner) => new IgnoredRollback(inner),
  },
]
