import type { DocumentAdapter, StoreAdapter } from '@eventfold/core/adapter'
import { comparesNothing, replacesAlways } from './careless-writes.ts'
import type { ConsumerSaboteur } from './consumer-saboteurs.ts'
import { DocumentsElsewhere } from './documents-elsewhere.ts'
import { DroppedTransactions } from './dropped-transactions.ts'
import { ForgetfulList } from './forgetful-list.ts'
import { IgnoredRollback } from './ignored-rollback.ts'
import { SharedAdapter } from './shared-adapter.ts'
import { ShuffledPages } from './shuffled-pages.ts'
import { type DocumentSpoiler, SpoiledDocuments } from './spoiled-documents.ts'
import { StoredTwice } from './stored-twice.ts'
import { withClientClocks } from './wrong-clock.ts'

const withDocuments =
  (spoil: DocumentSpoiler) =>
  (inner: StoreAdapter): StoreAdapter =>
    new SpoiledDocuments(new SharedAdapter(inner), spoil)

/** Does one thing to the documents of some collections, and leaves the others alone. */
const only =
  (prefix: string, spoil: DocumentSpoiler): DocumentSpoiler =>
  (documents: DocumentAdapter) => {
    const spoiled = { ...documents, ...spoil(documents) } as DocumentAdapter
    return {
      write: (writes, transaction) => {
        const isMeant = writes.some(({ collection }) => collection.startsWith(prefix))
        return (isMeant ? spoiled : documents).write(writes, transaction)
      },
    }
  }

/** Removes documents at once, whatever becomes of the transaction. */
const removesAtOnce: DocumentSpoiler = (documents) => ({
  async write(writes, transaction) {
    const removals = writes.filter(({ data }) => data === undefined)
    const rest = writes.filter(({ data }) => data !== undefined)
    if (rest.length > 0) await documents.write(rest, transaction)
    if (removals.length > 0) await documents.write(removals)
  },
})

const findsNothing =
  (prefix: string): DocumentSpoiler =>
  (documents) => ({
    find: async (query, transaction) =>
      query.collection.startsWith(prefix) ? [] : documents.find(query, transaction),
  })

/** Gives what it finds in another order than asked for. */
const findsBackwards =
  (prefix: string): DocumentSpoiler =>
  (documents) => ({
    find: async (query, transaction) => {
      const found = await documents.find(query, transaction)
      return query.collection.startsWith(prefix) ? found.toReversed() : found
    },
  })

const manyAtOnce = '[5] of many sends with one key at once one is carried out, and all get its result'
const togetherKey = '[5] a key and its events are stored together, or not at all'
const zombie = '[5] whoever comes back after it was taken over stores nothing'
const together = '[13] state, commands and checkpoint are stored together, or not at all, where commits fail'
const timersOnce = '[13] two instances that look at once let each timer fire once'
const taken = '[13] what is taken back between the look and the firing does not go out'
const rolledBack =
  '[9] a message goes out with the transaction that puts it, and never if that is rolled back'
const inTransaction = '[13] putting for later, and taking back, are part of their transaction'
const diedFiring = '[13] what an instance died of while it let it go out, goes out once by another'
const stuck = '[13] what cannot be undone is listed as stuck, and can be retried and resolved'

/** Stores on which commands, timers, outboxes or sagas go wrong, and the case that has to notice. */
export const writeSideSaboteurs: readonly ConsumerSaboteur[] = [
  {
    name: 'idempotency keys that are replaced',
    title: manyAtOnce,
    spoil: withDocuments(only('eventfold:idempotency', replacesAlways)),
  },
  {
    name: 'idempotency keys that are not compared, by a zombie',
    title: zombie,
    spoil: withDocuments(only('eventfold:idempotency', comparesNothing)),
  },
  {
    name: 'idempotency keys in another database',
    title: togetherKey,
    spoil: (inner) => new DocumentsElsewhere(inner),
  },
  {
    name: 'rollbacks that commit, under keys',
    title: togetherKey,
    spoil: (inner) => new IgnoredRollback(inner),
  },
  {
    name: 'rollbacks that commit, under messages',
    title: rolledBack,
    spoil: (inner) => new IgnoredRollback(inner),
  },
  {
    name: 'messages that leave their transaction',
    title: rolledBack,
    spoil: (inner) => new DroppedTransactions(inner),
  },
  {
    name: 'timers that are overlooked',
    title: timersOnce,
    spoil: withDocuments(findsNothing('eventfold:timers/')),
  },
  {
    name: 'timers that fire although they were taken back',
    title: taken,
    spoil: withDocuments(only('eventfold:timers/', comparesNothing)),
  },
  {
    name: 'the state of sagas in another database',
    title: together,
    spoil: (inner) => new DocumentsElsewhere(inner),
  },
  {
    name: 'commands of sagas that leave their transaction',
    title: together,
    spoil: (inner) => new DroppedTransactions(inner),
  },
  {
    name: 'stuck instances that are overlooked',
    title: stuck,
    spoil: withDocuments(findsNothing('eventfold:sagas/')),
  },
  {
    name: 'timers removed before the commit',
    title: '[13] what is put for later goes out once when its time has come, and in the order of times',
    spoil: withDocuments(only('eventfold:timers/', removesAtOnce)),
  },
  {
    name: 'timers that are found in another order',
    title: '[13] many that are due at once go out in the order of their times',
    spoil: withDocuments(findsBackwards('eventfold:timers/')),
  },
  {
    name: 'rollbacks that commit, under timers',
    title: inTransaction,
    spoil: (inner) => new IgnoredRollback(inner),
  },
  {
    name: 'timers removed at once, under a transaction',
    title: inTransaction,
    spoil: withDocuments(only('eventfold:timers/', removesAtOnce)),
  },
  {
    name: 'timers in another database',
    title: diedFiring,
    spoil: (inner) => new DocumentsElsewhere(inner),
  },
  {
    name: 'timers that go by the clock of whoever puts',
    title: '[13] a delay goes by the clock of the database, whichever instance puts',
    spoil: withClientClocks(1),
  },
  {
    name: 'messages in another order',
    title: '[9] two instances publish every message, in the order of its key, always with its id',
    spoil: (inner) => new ShuffledPages(new SharedAdapter(inner)),
  },
  {
    name: 'ids that are stored twice, under refusals',
    title:
      '[13] a command that is refused is recorded once, and holds up nothing, also where its sender died',
    spoil: (inner) => new StoredTwice(inner),
  },
  {
    name: 'rollbacks that commit, under queued commands',
    title:
      '[13] queued commands are carried out in the order of their keys, once, together with what gives rise to them',
    spoil: (inner) => new IgnoredRollback(inner),
  },
  {
    name: 'snapshots that are replaced by older ones',
    title: '[12] of two writers of a snapshot the older one does not replace the newer',
    spoil: withDocuments(only('eventfold:snapshots/', comparesNothing)),
  },
  {
    name: 'snapshots that are overlooked',
    title: '[12] a snapshot of other code, or of another version of the state, is not looked at',
    spoil: withDocuments(findsNothing('eventfold:snapshots/')),
  },
  {
    name: 'keys that are replaced',
    title: '[6] keys are added by one of many at once, and stay gone',
    spoil: withDocuments(only('eventfold:keys', replacesAlways)),
  },
  {
    name: 'documents that are listed without those of read models',
    title: '[6] what remains of somebody is found and named',
    spoil: (inner) => new ForgetfulList(new SharedAdapter(inner)),
  },
]
