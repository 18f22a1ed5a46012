import { isEventfoldError } from '@eventfold/core'
import type { StoreAdapter } from '@eventfold/core/adapter'
import { ForgetfulImport } from './forgetful-import.ts'
import type { Saboteur } from './saboteur.ts'
import { SilentImport } from './silent-import.ts'
import { importsChanged, SpoiledTransfer, type TransferSpoiler } from './spoiled-transfer.ts'

/** Event by event, so that what comes before an error stays. */
const oneByOne: TransferSpoiler = (healthy) => ({
  importEvents: async (events) => {
    for (const event of events) await healthy.importEvents([event])
  },
})

const takesNoOffence: TransferSpoiler = (healthy) => ({
  importEvents: (events) =>
    healthy.importEvents(events).catch((error: unknown) => {
      if (!isEventfoldError(error, 'import-conflict')) throw error
    }),
})

const renumbers: TransferSpoiler = (healthy) => {
  return {
    importEvents: async (events) => {
      const [first] = events
      await healthy.importEvents(
        events.map((event, index) => ({ ...event, position: (first?.position ?? 0) + index })),
      )
    },
  }
}

const listsWithoutFields: TransferSpoiler = (healthy) => ({
  listDocuments: async (after, limit) => {
    return (await healthy.listDocuments(after, limit)).map((document) => ({ ...document, fields: [] }))
  },
})

const listsOneCollection: TransferSpoiler = (healthy) => ({
  listDocuments: async (after, limit) => {
    const listed = await healthy.listDocuments(after, limit)
    return listed.filter(({ collection }) => collection === (after ?? listed[0])?.collection)
  },
})

const listsByUtf16: TransferSpoiler = (healthy) => ({
  listDocuments: async (after, limit) => {
    const all = [...(await healthy.listDocuments(undefined, 10_000))]
    const place = (document: { readonly collection: string; readonly key: string }) =>
      `${document.collection}\0${document.key}`
    all.sort((a, b) => (place(a) < place(b) ? -1 : 1))
    return all.filter((each) => after === undefined || place(each) > place(after)).slice(0, limit)
  },
})

const spoiling = (name: string, spoil: TransferSpoiler): Saboteur => ({
  name,
  topic: 'transfer',
  spoil: (inner: StoreAdapter) => new SpoiledTransfer(inner, spoil),
})

/** Stores that do not arrive as they were. */
export const transferSaboteurs: readonly Saboteur[] = [
  spoiling('an import that gives new positions', renumbers),
  spoiling(
    'an import without tags',
    importsChanged(() => ({ tags: [] })),
  ),
  spoiling(
    'an import with sorted tags',
    importsChanged(({ tags }) => ({ tags: tags.toSorted() })),
  ),
  spoiling(
    'an import without metadata',
    importsChanged(() => ({ metadata: '' })),
  ),
  spoiling(
    'an import that writes JSON anew',
    importsChanged(({ data }) => ({ data: JSON.stringify(JSON.parse(data)) })),
  ),
  spoiling(
    'an import at the time of today',
    importsChanged(() => ({ recordedAt: Date.now() })),
  ),
  spoiling(
    'an import in seconds',
    importsChanged(({ recordedAt }) => ({ recordedAt: Math.floor(recordedAt / 1000) * 1000 })),
  ),
  spoiling('an import of events one by one', oneByOne),
  spoiling('an import that takes no offence', takesNoOffence),
  spoiling('documents listed without fields', listsWithoutFields),
  spoiling('documents of one collection only', listsOneCollection),
  spoiling('documents listed by UTF-16', listsByUtf16),
  {
    name: 'positions that are given again after an import',
    topic: 'transfer',
    spoil: (inner) => new ForgetfulImport(inner, 'position'),
  },
  {
    name: 'versions that begin anew after an import',
    topic: 'transfer',
    spoil: (inner) => new ForgetfulImport(inner, 'version'),
  },
  { name: 'an import that wakes nobody', topic: 'transfer', spoil: (inner) => new SilentImport(inner) },
]
