import type { Finding, Inspection } from '../doctor/finding.ts'
import { InvalidInputError } from '../errors.ts'
import { type Codec, jsonCodec } from '../event/codec.ts'
import { isPlainObject } from '../event/json.ts'
import type { EncodedEvent, FoldRow, StoredEvent } from '../event/stored-event.ts'
import { keyOf } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { Capabilities } from '../store/capabilities.ts'
import type { DocumentAdapter } from '../store/document-adapter.ts'
import type { MaintenanceAdapter } from '../store/maintenance-adapter.ts'
import type { SqlAdapter } from '../store/sql-adapter.ts'
import type {
  AppendListener,
  LogPage,
  LogQuery,
  StoreAdapter,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
} from '../store/store-adapter.ts'
import type { TransferAdapter } from '../store/transfer-adapter.ts'
import { type PersonalRule, personalRules } from './personal-data.ts'
import type { PrivacyOptions } from './privacy-options.ts'
import { isSealed, placeOf, type SealedField, sealedName } from './sealed-field.ts'
import { SubjectKeyRing } from './subject-key-ring.ts'

/** Marks the events of a subject, so that they are found again. */
const tagPrefix = 'eventfold:subject/'
const maxSubjectBytes = 200
const defaultCacheFor = 60_000

type Fields = Readonly<Record<string, unknown>>

/**
 * Between core and an adapter: seals what is personal on its way in, and opens it on its way out. Whatever reads events
 * reads through it; what has gone with its key is read as its placeholder.
 */
export class PersonalAdapter<Transaction> implements StoreAdapter<Transaction> {
  /** What reads and writes the events as they are stored. */
  readonly inner: StoreAdapter<Transaction>
  readonly ring: SubjectKeyRing
  readonly #codec: Codec
  readonly #rules: ReadonlyMap<string, PersonalRule>

  /** @throws InvalidInputError `invalid-definition` */
  constructor(inner: StoreAdapter<Transaction>, codec: Codec, options: PrivacyOptions) {
    this.inner = inner
    this.#codec = codec
    this.#rules = personalRules(options.of)
    this.ring = new SubjectKeyRing(options.keys, options.cacheFor ?? defaultCacheFor)
  }

  get name(): string {
    return this.inner.name
  }

  get capabilities(): Capabilities {
    return this.inner.capabilities
  }

  get documents(): DocumentAdapter<Transaction> {
    return this.inner.documents as DocumentAdapter<Transaction>
  }

  get sql(): SqlAdapter<Transaction> {
    return this.inner.sql as SqlAdapter<Transaction>
  }

  get maintenance(): MaintenanceAdapter<Transaction> {
    return this.inner.maintenance as MaintenanceAdapter<Transaction>
  }

  get transfer(): TransferAdapter {
    return this.inner.transfer as TransferAdapter
  }

  async inspect(inspection: Inspection): Promise<readonly Finding[]> {
    return (await this.inner.inspect?.(inspection)) ?? []
  }

  async append(writes: readonly StreamWrite[], transaction?: Transaction): Promise<readonly StreamReceipt[]> {
    const sealed: StreamWrite[] = []
    for (const write of writes) {
      const events: EncodedEvent[] = []
      for (const event of write.events) events.push(await this.#seal(write.stream, event))
      sealed.push({ ...write, events })
    }
    return this.inner.append(sealed, transaction)
  }

  async enter(transaction: Transaction): Promise<void> {
    await this.inner.enter?.(transaction)
  }

  async readStream(query: StreamQuery, transaction?: Transaction): Promise<readonly StoredEvent[]> {
    return this.#open(await this.inner.readStream(query, transaction), ({ stream }) => stream)
  }

  async readFold(query: StreamQuery, transaction?: Transaction): Promise<readonly FoldRow[]> {
    return this.#open(await this.inner.readFold(query, transaction), () => query.stream)
  }

  async readLog(query: LogQuery, transaction?: Transaction): Promise<LogPage> {
    const page = await this.inner.readLog(query, transaction)
    return { ...page, events: await this.#open(page.events, ({ stream }) => stream) }
  }

  streamInfo(stream: string, transaction?: Transaction): Promise<StreamInfo | undefined> {
    return this.inner.streamInfo(stream, transaction)
  }

  head(): Promise<number> {
    return this.inner.head()
  }

  onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    // Without the stretch, whose events are still sealed.
    return this.inner.onAppend((writes) => listener(writes))
  }

  wakeUp(): void {
    this.inner.wakeUp()
  }

  now(): Promise<number> {
    return this.inner.now()
  }

  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.inner.transaction(work, options)
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  /** The filter for the events of a subject. */
  static tagOf(subject: string): string {
    return tagPrefix + subject
  }

  /** What of an event is personal, by field, as it is read. Empty where nothing is, and where it has gone. */
  async personalIn(event: StoredEvent): Promise<Fields> {
    const data = this.#codec.decode(event.data)
    if (!isPlainObject(data)) return {}
    const sealed = Object.entries(data as Fields).filter(([, value]) => isSealed(value))
    await this.ring.prepare(sealed.map(([, value]) => (value as SealedField)[sealedName].subject))
    const found: Record<string, unknown> = {}
    for (const [field, value] of sealed) {
      const { subject } = (value as SealedField)[sealedName]
      if (this.ring.isLost(subject)) continue
      found[field] = await this.#unseal(value as SealedField, placeOf(event.stream, event.type, field))
    }
    return found
  }

  /** Whether what was made of personal data must not be used any more: somebody of these is forgotten since. */
  async hasForgotten(subjects: readonly string[]): Promise<boolean> {
    if (subjects.length === 0) return false
    await this.ring.prepare(subjects)
    return subjects.some((subject) => this.ring.isLost(subject))
  }

  async #seal(stream: string, event: EncodedEvent): Promise<EncodedEvent> {
    const rule = this.#rules.get(event.type)
    if (rule === undefined) return event
    const data = this.#codec.decode(event.data)
    if (!isPlainObject(data)) return event
    const fields = Object.entries(data as Fields)
    const personal = fields.filter(([field]) => Object.hasOwn(rule.placeholders, field))
    if (personal.length === 0) return event
    const subject = rule.subjectOf(data as Fields, keyOf(stream))
    checkName(subject, `subject of event ${event.type}`, 'invalid-event', maxSubjectBytes)
    const { number, key } = await this.ring.current(subject as string)
    const sealed: Record<string, unknown> = {}
    for (const [field, value] of fields) {
      if (!Object.hasOwn(rule.placeholders, field)) {
        if (isSealed(value)) throw reserved(event.type, field)
        sealed[field] = value
        continue
      }
      const text = await key.encrypt(
        this.#codec.encode(value, ''),
        placeOf(stream, event.type, field),
        event.id,
      )
      const placeholder = rule.placeholders[field]
      sealed[field] = { [sealedName]: { subject, key: number, text, placeholder } }
    }
    return {
      ...event,
      data: this.#codec.encode(sealed, ''),
      tags: [...event.tags, PersonalAdapter.tagOf(subject as string)],
    }
  }

  /** The rows with what is personal in them as it can be read. */
  async #open<Row extends FoldRow>(
    rows: readonly Row[],
    streamOf: (row: Row) => string,
  ): Promise<readonly Row[]> {
    const sealed = new Map<number, { readonly data: Fields; readonly fields: readonly string[] }>()
    const subjects = new Set<string>()
    // Only of a codec that writes JSON the name can be seen from outside.
    const isReadable = this.#codec === jsonCodec
    for (const [index, row] of rows.entries()) {
      if (isReadable && !row.data.includes(sealedName)) continue
      const data = this.#decodeQuietly(row.data)
      if (!isPlainObject(data)) continue
      const fields = Object.keys(data as Fields).filter((field) => isSealed((data as Fields)[field]))
      if (fields.length === 0) continue
      sealed.set(index, { data: data as Fields, fields })
      for (const field of fields) subjects.add(((data as Fields)[field] as SealedField)[sealedName].subject)
    }
    if (sealed.size === 0) return rows
    await this.ring.prepare(subjects)
    return Promise.all(
      rows.map((row, index) => {
        const found = sealed.get(index)
        return found === undefined ? row : this.#openRow(row, streamOf(row), found)
      }),
    )
  }

  async #openRow<Row extends FoldRow>(
    row: Row,
    stream: string,
    { data, fields }: { readonly data: Fields; readonly fields: readonly string[] },
  ): Promise<Row> {
    const open: Record<string, unknown> = { ...data }
    const subjects = new Set<string>()
    const { decoded: _, ...rest } = row
    const tags = 'tags' in row ? { tags: (row.tags as readonly string[]).filter(isOfUser) } : {}
    try {
      for (const field of fields) {
        const value = data[field] as SealedField
        const { subject, placeholder } = value[sealedName]
        if (this.ring.isLost(subject)) open[field] = placeholder
        else {
          open[field] = await this.#unseal(value, placeOf(stream, row.type, field))
          subjects.add(subject)
        }
      }
      return { ...(rest as Row), ...tags, data: this.#codec.encode(open, ''), subjects: [...subjects] }
    } catch (failure) {
      return { ...(rest as Row), ...tags, failure }
    }
  }

  async #unseal(value: SealedField, place: string): Promise<unknown> {
    const { subject, key: number, text, placeholder } = value[sealedName]
    const key = this.ring.key(subject, number)
    return key === undefined ? placeholder : this.#codec.decode(await (await key).decrypt(text, place))
  }

  /** What is broken is for the decoder to say. */
  #decodeQuietly(text: string): unknown {
    try {
      return this.#codec.decode(text)
    } catch {
      return undefined
    }
  }
}

function isOfUser(tag: string): boolean {
  return !tag.startsWith(tagPrefix)
}

function reserved(type: string, field: string): InvalidInputError {
  return new InvalidInputError(
    'invalid-event',
    `The data of event ${type} has ${sealedName} in ${field}. That name is reserved: take another.`,
    { pointer: `/data/${field}` },
  )
}
