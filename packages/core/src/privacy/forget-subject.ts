import { UnsupportedError } from '../errors.ts'
import { checkName } from '../event/text-rules.ts'
import type { RebuildReport } from '../projection/stored-read-model.ts'
import { removeSnapshots } from '../snapshot/remove-snapshots.ts'
import type { EventStore } from '../store/event-store.ts'
import { findTexts, type TextFinding } from './find-texts.ts'
import { personalAdapterOf } from './personal-adapter-of.ts'
import { subjectEvents } from './subject-events.ts'

/** A read model that is built again when somebody is forgotten. */
export interface RebuiltReadModel {
  readonly name: string
  rebuild(): Promise<RebuildReport>
  cancelRebuild(): Promise<boolean>
}

export interface ForgetOptions {
  /** Those that may show something of the person. Each is built again; until that is done, the old one serves. */
  readonly readModels?: readonly RebuiltReadModel[]
  /**
   * Whether all events and documents are searched afterwards for what was known of the person: for its texts of three
   * characters and more. Default true. It reads the whole store once.
   */
  readonly search?: boolean
  readonly onProgress?: (progress: ForgetProgress) => void
}

export interface ForgetProgress {
  readonly step: 'collect' | 'forget' | 'snapshots' | 'read-models' | 'search'
  /** Events, read models or documents of this step, so far. */
  readonly done: number
}

/** What was done, and what is left. */
export interface ForgetReport {
  readonly subject: string
  readonly forgottenAt: Date
  /** Events that have something personal of the subject, which cannot be read any more. */
  readonly events: number
  /** The streams that have them. */
  readonly streams: readonly string[]
  /** How many values there were, to search for. */
  readonly values: number
  /** Snapshots of those streams that were removed. */
  readonly snapshots: number
  /** Read models that were built again. */
  readonly readModels: readonly string[]
  /**
   * Where one of the values is still to be found, as it is; empty is the proof that there is no such place in the store.
   * Undefined where nothing was searched, or nothing was known to search for, as in a repetition. Tables of your own are
   * not searched. A value that others have too, such as a town, may be theirs.
   */
  readonly found: readonly TextFinding[] | undefined
}

/**
 * Forgets a person: removes their keys, so that what is personal of them in the log is read as its placeholders from now
 * on, by every reader; then removes snapshots of their streams, builds read models again, and searches the store for what
 * was known of them. What has been sent out, logged or backed up it cannot reach, nor what your own code has copied into
 * fields that are not personal.
 *
 * May be repeated, and has to be where it failed on its way: a second call knows no values any more, so it proves nothing.
 *
 * @throws InvalidInputError `invalid-option`: the store was opened without `privacy`
 * @throws UnsupportedError the adapter cannot list its documents, to search them; nobody is forgotten then
 * @throws what a rebuild throws, and the errors of the stores; the keys are gone by then
 * @example
 * const report = await forgetSubject(store, 'customer-7', { readModels: [details] })
 * if (report.found?.length !== 0) console.warn(report.found)
 */
export async function forgetSubject<Transaction>(
  store: EventStore<Transaction>,
  subject: string,
  options: ForgetOptions = {},
): Promise<ForgetReport> {
  const { readModels = [], search = true, onProgress = () => {} } = options
  const personal = personalAdapterOf(store)
  checkName(subject, 'subject', 'invalid-option', 200)
  const { documents, transfer, name } = personal.inner
  if (search && documents !== undefined && transfer === undefined) {
    throw new UnsupportedError(
      `The documents of a ${name} store cannot be listed, and so not be searched. Pass \`search: false\`.`,
    )
  }
  let events = 0
  const streams = new Set<string>()
  const values = new Map<string, string>()
  for await (const event of subjectEvents(personal, subject)) {
    events++
    streams.add(event.stream)
    for (const [field, value] of Object.entries(await personal.personalIn(event))) {
      for (const text of textsIn(value)) values.set(text, `${event.type}.${field}`)
    }
    onProgress({ step: 'collect', done: events })
  }
  await personal.ring.forget(subject, store.clock())
  const [known] = await personal.ring.keys.read([subject])
  onProgress({ step: 'forget', done: events })
  const snapshots = await removeSnapshots(store.adapter.documents, [...streams])
  onProgress({ step: 'snapshots', done: snapshots })
  for (const [index, model] of readModels.entries()) {
    // One that is half built knows of the person.
    await model.cancelRebuild()
    await model.rebuild()
    onProgress({ step: 'read-models', done: index + 1 })
  }
  return {
    subject,
    forgottenAt: known?.forgottenAt ?? store.clock(),
    events,
    streams: [...streams],
    values: values.size,
    snapshots,
    readModels: readModels.map(({ name }) => name),
    found:
      search && values.size > 0
        ? await findTexts(personal.inner, values, (done) => onProgress({ step: 'search', done }))
        : undefined,
  }
}

/** Texts worth to be searched for: short ones are everywhere. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.trim().length >= 3 ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}
