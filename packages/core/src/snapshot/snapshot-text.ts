import { hashOf } from './hash-of.ts'

/** What is known of a snapshot before its state is decoded. */
export interface SnapshotHeader {
  /** Of the stream, as of the snapshot. */
  readonly version: number
  /** Id of the event at that version, as `readFold` gives it. */
  readonly anchor: string
  /** Milliseconds since 1970. */
  readonly takenAt: number
  /** Whose personal data is in the state, where it is kept under keys. */
  readonly subjects: readonly string[]
}

export interface StoredSnapshot extends SnapshotHeader {
  /** The state as text of the codec. */
  readonly state: string
}

/** Checksum, header and state, each on a line of its own; the state may have lines. */
export function toSnapshotText({ state, ...header }: StoredSnapshot): string {
  const content = `${JSON.stringify(header)}\n${state}`
  return `${hashOf(content)}\n${content}`
}

/** Undefined where the text is not one that {@link toSnapshotText} made. */
export function parseSnapshotText(text: string): StoredSnapshot | undefined {
  const content = text.slice(text.indexOf('\n') + 1)
  const checksum = text.slice(0, -content.length - 1)
  if (checksum !== hashOf(content)) return undefined
  const end = content.indexOf('\n')
  return { ...(JSON.parse(content.slice(0, end)) as SnapshotHeader), state: content.slice(end + 1) }
}
