import type { StoreAdapter } from '../store/store-adapter.ts'

/** A place where a text was found. */
export type TextFinding = {
  /** Of what it is the value: an event type and a field. Not the value itself. */
  readonly value: string
} & (
  | { readonly place: 'event'; readonly stream: string; readonly version: number }
  | { readonly place: 'document'; readonly collection: string; readonly key: string }
)

const pageSize = 500

/**
 * Reads everything that is stored, as it is stored, and tells where texts of JSON occur.
 *
 * @param texts with what they are the value of
 */
export async function findTexts<Transaction>(
  adapter: StoreAdapter<Transaction>,
  texts: ReadonlyMap<string, string>,
  onProgress: (done: number) => void,
): Promise<readonly TextFinding[]> {
  if (texts.size === 0) return []
  // As they stand in JSON, which is what is stored.
  const needles = [...texts].map(([text, value]) => ({ text: JSON.stringify(text).slice(1, -1), value }))
  const findings: TextFinding[] = []
  let done = 0
  const before = Number.MAX_SAFE_INTEGER
  for (let after = 0; ; ) {
    const page = await adapter.readLog({ after, before, backwards: false, limit: pageSize, filter: {} })
    for (const { stream, version, data, metadata, tags } of page.events) {
      const content = `${data}\n${metadata}\n${tags.join('\n')}\n${stream}`
      for (const { text, value } of needles) {
        if (content.includes(text)) findings.push({ value, place: 'event', stream, version })
      }
    }
    done += page.events.length
    onProgress(done)
    if (page.end) break
    after = page.next
  }
  for await (const { collection, key, content } of allDocuments(adapter)) {
    for (const { text, value } of needles) {
      if (content.includes(text)) findings.push({ value, place: 'document', collection, key })
    }
    onProgress(++done)
  }
  return findings
}

async function* allDocuments<Transaction>({
  transfer,
}: StoreAdapter<Transaction>): AsyncGenerator<
  { readonly collection: string; readonly key: string; readonly content: string },
  void,
  undefined
> {
  if (transfer === undefined) return
  let after: { readonly collection: string; readonly key: string } | undefined
  for (;;) {
    const page = await transfer.listDocuments(after, pageSize)
    for (const { collection, key, data, fields } of page) {
      yield { collection, key, content: `${key}\n${data}\n${fields.map(({ value }) => value).join('\n')}` }
    }
    after = page.at(-1)
    if (page.length < pageSize) return
  }
}
