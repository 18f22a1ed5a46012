import type { Append, BenchmarkStore } from './contender.ts'
import { deposits, type MoneyDeposited } from './deposit.ts'

/** A stream as it should be stored: what the store is compared with at the end. */
export class BenchStream {
  readonly id: string
  version = 0
  cents = 0

  constructor(number: number) {
    this.id = `account-${number}`
  }

  /** The next `count` events for it, and what their append expects. */
  next(count: number): Append {
    return { stream: this.id, expected: this.version, events: deposits(this.version, count) }
  }

  /** The next event for it, for a command. */
  nextEvent(): MoneyDeposited {
    return deposits(this.version, 1)[0] as MoneyDeposited
  }

  /** Remembers that these are stored. */
  stored(events: readonly MoneyDeposited[]): void {
    this.version += events.length
    for (const { data } of events) this.cents += data.cents
  }
}

/** All streams of one store. */
export class BenchStreams {
  readonly all: BenchStream[] = []

  create(): BenchStream {
    const stream = new BenchStream(this.all.length + 1)
    this.all.push(stream)
    return stream
  }

  createMany(count: number): readonly BenchStream[] {
    return Array.from({ length: count }, () => this.create())
  }

  get storedEvents(): number {
    return this.all.reduce((count, { version }) => count + version, 0)
  }
}

/** Appends `count` events to one stream: the measured step of the append workloads. */
export async function appendTo(store: BenchmarkStore, stream: BenchStream, count: number): Promise<void> {
  const append = stream.next(count)
  await store.append(append)
  stream.stored(append.events)
}

/** Gives each of the streams `count` more events, about a thousand events in each call. */
export async function fill(
  store: BenchmarkStore,
  streams: readonly BenchStream[],
  count: number,
): Promise<void> {
  const perCall = Math.max(1, Math.floor(1000 / count))
  for (let start = 0; start < streams.length; start += perCall) {
    const part = streams.slice(start, start + perCall)
    const appends = part.map((stream) => stream.next(count))
    await store.fill(appends)
    for (const [index, stream] of part.entries()) stream.stored(appends[index]?.events ?? [])
  }
}
