import type { DocumentSpoiler } from './spoiled-documents.ts'

/** Gives what there is, without a place for what there is not. */
export const leavesOutMissing: DocumentSpoiler = (documents) => ({
  async read(references, options) {
    const found = await documents.read(references, options)
    return found.filter((data) => data !== undefined)
  },
})

/** Reads one document after the other, so that a write comes between. */
export const readsOneByOne: DocumentSpoiler = (documents) => ({
  async read(references, options) {
    const found: (string | undefined)[] = []
    for (const reference of references) found.push(...(await documents.read([reference], options)))
    return found
  },
})
