import type { RecordedEvent } from '@eventfold/core'
import { type Chain, chainKeys, emptyChain, lengthen, poisonedStream } from './chain.ts'
import type { ChaosMessage, IntendedEvent, StoredWrite } from './chaos-parameters.ts'

interface Entry extends IntendedEvent {
  readonly stream: string
  told: 'stored' | 'refused' | 'unknown'
  version: number
  position: number
}

/** The oracle: what writers intended and were told, and what must have become of it. */
export class ChaosLedger {
  readonly violations: string[] = []
  /** How often the read model was built anew. */
  rebuilds = 0
  readonly #entries = new Map<string, Entry>()

  violation(text: string): void {
    if (this.violations.length < 30) this.violations.push(text)
  }

  /** Waits for all, and takes what rejects for a violation. */
  async settle(work: readonly Promise<unknown>[]): Promise<void> {
    for (const result of await Promise.allSettled(work)) {
      if (result.status === 'fulfilled') continue
      const { reason } = result
      this.violation(reason instanceof Error ? String(reason.stack) : String(reason))
    }
  }

  note(message: ChaosMessage): void {
    if (message.kind === 'failed') this.violation(`failed: ${message.what}`)
    if (message.kind === 'rebuilt') this.rebuilds++
    if (message.kind === 'intent') {
      for (const { stream, events } of message.writes) {
        for (const event of events) {
          this.#entries.set(event.id, { ...event, stream, told: 'unknown', version: 0, position: 0 })
        }
      }
    }
    if (message.kind === 'stored') for (const write of message.writes) this.#noteStored(write)
    if (message.kind === 'refused') {
      for (const id of message.ids) (this.#entries.get(id) as Entry).told = 'refused'
    }
  }

  #noteStored({ ids, version, position }: StoredWrite): void {
    for (const [index, id] of ids.entries()) {
      const entry = this.#entries.get(id) as Entry
      const isLast = index === ids.length - 1
      Object.assign(entry, { told: 'stored', version: version - ids.length + index + 1 })
      if (isLast) entry.position = position
    }
  }

  get acknowledged(): number {
    return [...this.#entries.values()].filter(({ told }) => told === 'stored').length
  }

  /** Compares what was told with what the log holds, and completes the ledger with what nobody was told. */
  checkLog(log: readonly RecordedEvent[]): void {
    const found = new Map(log.map((event) => [event.id, event]))
    for (const { id, stream, version, position } of log) {
      const entry = this.#entries.get(id)
      if (entry === undefined || entry.stream !== stream) this.violation(`an event of nobody: ${id}`)
      else if (entry.told === 'unknown') Object.assign(entry, { told: 'stored', version, position })
      else if (entry.told === 'refused') this.violation(`a refused event is stored: ${id}`)
      else if (entry.version !== version) this.violation(`${id} has version ${version}, not ${entry.version}`)
      else if (entry.position !== 0 && entry.position !== position) this.violation(`${id} is at ${position}`)
      else entry.position = position
    }
    for (const { id, told } of this.#entries.values()) {
      if (told === 'stored' && !found.has(id)) this.violation(`an acknowledged event is lost: ${id}`)
    }
  }

  /** The stored events of the ledger, in the order of the log. */
  #stored(): readonly Entry[] {
    const entries = [...this.#entries.values()].filter(({ told }) => told === 'stored')
    return entries.sort((a, b) => a.position - b.position)
  }

  /** Ids of the poisonous event and all behind it. */
  poisoned(): readonly string[] {
    const entries = this.#stored().filter(({ stream }) => stream === poisonedStream)
    const first = entries.findIndex(({ type }) => type === 'Poisoned')
    return first < 0 ? [] : entries.slice(first).map(({ id }) => id)
  }

  /** What the documents must be. */
  documents(options: { readonly isHealed: boolean }): ReadonlyMap<string, Chain> {
    const parked = new Set(options.isHealed ? [] : this.poisoned())
    const documents = new Map<string, Chain>()
    for (const entry of this.#stored()) {
      if (parked.has(entry.id)) continue
      for (const key of chainKeys(entry)) {
        documents.set(key, lengthen(documents.get(key) ?? emptyChain, entry.id))
      }
    }
    return documents
  }

  checkDocuments(found: ReadonlyMap<string, Chain>, options: { readonly isHealed: boolean }): void {
    const wanted = this.documents(options)
    for (const key of new Set([...wanted.keys(), ...found.keys()])) {
      const [is, should] = [found.get(key), wanted.get(key)]
      if (is?.count === should?.count && is?.chain === should?.chain) continue
      this.violation(`document ${key} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`)
    }
  }

  /**
   * Each event at least once, and none for the first time before the one before it.
   *
   * @returns how many were repeated
   */
  checkReactions(lines: readonly string[], options: { readonly isHealed: boolean }): number {
    const parked = new Set(options.isHealed ? [] : this.poisoned())
    const wanted = new Map<string, number>()
    for (const { id, stream } of this.#stored()) {
      if (!parked.has(id)) wanted.set(stream, (wanted.get(stream) ?? 0) + 1)
    }
    const seen = new Map<string, number>()
    let repeated = 0
    for (const line of lines) {
      const [stream = '', version = ''] = line.split(' ')
      const last = seen.get(stream) ?? 0
      if (Number(version) <= last) repeated++
      else if (Number(version) === last + 1) seen.set(stream, last + 1)
      else {
        this.violation(`reaction to ${line} after version ${last}`)
        seen.set(stream, Number(version))
      }
    }
    for (const [stream, count] of wanted) {
      if (seen.get(stream) !== count)
        this.violation(`reacted to ${seen.get(stream)} of ${count} of ${stream}`)
    }
    return repeated
  }
}
