/** What became of an append, as its caller was told. */
export type Told = 'stored' | 'not stored' | 'unknown'

interface Entry {
  readonly kind: string
  readonly told: Told
  readonly events: readonly { readonly id: string; readonly stream: string; readonly version?: number }[]
}

export interface FoundEvent {
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly position: number
}

/** The oracle: what the callers were told, never what was delivered. */
export class Ledger {
  readonly #entries: Entry[] = []
  readonly violations: string[] = []

  note(entry: Entry): void {
    this.#entries.push(entry)
  }

  violation(text: string): void {
    if (this.violations.length < 50) this.violations.push(text)
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { kind, told } of this.#entries) {
      const key = `${kind}: ${told}`
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  }

  /** Compares what was told with what the tables hold in the end. */
  checkStored(found: readonly FoundEvent[]): void {
    const byId = new Map(found.map((event) => [event.id, event]))
    if (byId.size !== found.length) this.violation('an id is stored twice')
    const expected = new Set<string>()
    for (const { kind, told, events } of this.#entries) {
      const stored = events.filter(({ id }) => byId.has(id))
      for (const { id } of events) expected.add(id)
      if (told === 'stored' && stored.length < events.length)
        this.violation(`${kind}: an acknowledged event is lost`)
      if (told === 'not stored' && stored.length > 0) this.violation(`${kind}: a refused event is stored`)
      if (stored.length > 0 && stored.length < events.length)
        this.violation(`${kind}: half an append is stored`)
      for (const { id, stream, version } of events) {
        const event = byId.get(id)
        if (event === undefined) continue
        if (event.stream !== stream) this.violation(`${kind}: ${id} is in another stream`)
        if (version !== undefined && event.version !== version)
          this.violation(`${kind}: ${id} has another version`)
      }
    }
    for (const { id } of found) if (!expected.has(id)) this.violation(`an event of nobody: ${id}`)
    this.#checkStreams(found)
  }

  #checkStreams(found: readonly FoundEvent[]): void {
    const heads = new Map<string, FoundEvent>()
    for (const event of found.toSorted((a, b) => a.position - b.position)) {
      const last = heads.get(event.stream)
      if (event.version !== (last?.version ?? 0) + 1) {
        this.violation(`${event.stream} has version ${event.version} after ${last?.version ?? 0}`)
      }
      heads.set(event.stream, event)
    }
  }

  /** Compares what a reader that followed the log was given with what the tables hold in the end. */
  checkDelivered(reader: string, delivered: readonly FoundEvent[], found: readonly FoundEvent[]): void {
    let last = 0
    for (const { position } of delivered) {
      if (position <= last) this.violation(`${reader}: position ${position} came after ${last}`)
      last = position
    }
    const given = new Set(delivered.map(({ id }) => id))
    for (const { id, position } of found) {
      if (!given.delete(id)) this.violation(`${reader}: position ${position} was never delivered`)
    }
    for (const id of given) this.violation(`${reader}: ${id} was delivered and is not stored`)
  }
}
