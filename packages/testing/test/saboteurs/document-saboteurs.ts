import {
  countsAll,
  ignoresEnds,
  keepsOldFields,
  keepsThoseWithout,
  looksAtOneRange,
  ordersByUtf16,
  ordersTiesAnyhow,
  pagesByValue,
} from './careless-finds.ts'
import { leavesOutMissing, readsOneByOne } from './careless-reads.ts'
import {
  changesText,
  clearsOthers,
  comparesBefore,
  comparesFromTheEnd,
  comparesNothing,
  replacesAlways,
  rewriteJson,
  writesOneByOne,
} from './careless-writes.ts'
import { normalise } from './changed-text.ts'
import { CheckpointAfterCommit } from './checkpoint-after-commit.ts'
import { DirtyDocuments } from './dirty-documents.ts'
import { DocumentsElsewhere } from './documents-elsewhere.ts'
import { LocklessTransactions } from './lockless-transactions.ts'
import type { Saboteur } from './saboteur.ts'
import { SharedAdapter } from './shared-adapter.ts'
import { type DocumentSpoiler, SpoiledDocuments } from './spoiled-documents.ts'

const spoilingDocuments = (name: string, topic: string, spoil: DocumentSpoiler): Saboteur => ({
  name,
  topic,
  spoil: (inner) => new SpoiledDocuments(inner, spoil),
})

/** Stores that break a promise about documents. */
export const documentSaboteurs: readonly Saboteur[] = [
  spoilingDocuments('a compare-and-set that does not compare', 'document writes', comparesNothing),
  spoilingDocuments('an expectation of no document that is ignored', 'document writes', replacesAlways),
  spoilingDocuments('writes of documents one by one', 'document writes', writesOneByOne),
  spoilingDocuments('conflicts that name another document', 'document writes', comparesFromTheEnd),
  spoilingDocuments('normalised documents', 'documents', changesText(normalise)),
  spoilingDocuments('documents taken for JSON', 'documents', changesText(rewriteJson)),
  spoilingDocuments(
    'trimmed documents',
    'documents',
    changesText((text) => text.trim()),
  ),
  spoilingDocuments(
    'a clear by prefix',
    'documents',
    clearsOthers((other, collection) => other.startsWith(collection)),
  ),
  spoilingDocuments(
    'a clear of everything',
    'documents',
    clearsOthers(() => true),
  ),
  spoilingDocuments('reads that leave out what is missing', 'documents', leavesOutMissing),
  spoilingDocuments('reads of documents one by one', 'documents', readsOneByOne),
  spoilingDocuments('a comparison before the write', 'document races', comparesBefore),
  {
    name: 'a comparison before the write, by instance',
    topic: 'document races',
    spoil: (inner) => new SpoiledDocuments(new SharedAdapter(inner), comparesBefore),
  },
  spoilingDocuments('ranges without end', 'document fields', ignoresEnds),
  spoilingDocuments('one range of several', 'document fields', looksAtOneRange),
  spoilingDocuments('pages by value only', 'document pages', pagesByValue),
  spoilingDocuments('an order by value only', 'document pages', ordersTiesAnyhow),
  spoilingDocuments('an order by UTF-16', 'document pages', ordersByUtf16),
  spoilingDocuments('an order of documents without the field', 'document pages', keepsThoseWithout),
  spoilingDocuments('fields of older writes', 'document fields', keepsOldFields),
  spoilingDocuments('a count without ranges', 'document fields', countsAll),
  {
    name: 'locks that are ignored',
    topic: 'overlapping transactions',
    spoil: (inner) => new LocklessTransactions(inner),
  },
  {
    name: 'transactions that do not wait for each other',
    topic: 'documents in transactions',
    spoil: (inner) => new LocklessTransactions(inner),
  },
  {
    name: 'documents in another database',
    topic: 'documents in transactions',
    spoil: (inner) => new DocumentsElsewhere(inner),
  },
  {
    name: 'documents stored after the commit',
    topic: 'documents in transactions',
    spoil: (inner) => new CheckpointAfterCommit(inner),
  },
  {
    name: 'dirty reads of documents',
    topic: 'documents in transactions',
    spoil: (inner) => new DirtyDocuments(inner),
  },
]
