import { EventStore, type EventStoreOptions, type NewEvent } from '@eventfold/core'
import type { LogPage, LogQuery, LogStretch, StoredEvent, StreamWrite } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'

/** A memory store that tells how it is read, and can be told to behave badly. */
export interface WatchedStore {
  readonly store: EventStore
  /** Listeners of `onAppend` that nobody has ended. */
  listeners: number
  readonly reads: LogQuery[]
  /** Runs before every read of the log, which fails with what it throws. */
  onRead: (number: number) => void | Promise<void>
  onHead: () => void | Promise<void>
  onListen: () => void | Promise<void>
  /** Whether wake-ups get lost. */
  deaf: boolean
  /** Whether wake-ups tell what has become of the writes in the log. */
  telling: boolean
  /** Wakes all listeners, for nothing. */
  wake(): void
}

export function watchedStore(options: EventStoreOptions = {}): WatchedStore {
  const { adapter } = openMemory()
  const { readLog, head, onAppend } = adapter
  const listening = new Set<() => void>()
  const watched: WatchedStore = {
    store: new EventStore(adapter, options),
    listeners: 0,
    reads: [],
    onRead: () => {},
    onHead: () => {},
    onListen: () => {},
    deaf: false,
    telling: false,
    wake: () => {
      for (const listener of listening) listener()
    },
  }
  const stretchOf = async (writes: readonly StreamWrite[]): Promise<LogStretch> => {
    const ids = new Set(writes.flatMap(({ events }) => events.map(({ id }) => id)))
    const all = await readLog.call(adapter, wholeLog)
    const events = all.events.filter(({ id }) => ids.has(id))
    return { after: (events[0] as StoredEvent).position - 1, events }
  }
  adapter.readLog = async (query): Promise<LogPage> => {
    watched.reads.push(query)
    await watched.onRead(watched.reads.length)
    return readLog.call(adapter, query)
  }
  adapter.head = async () => {
    await watched.onHead()
    return head.call(adapter)
  }
  adapter.onAppend = async (listener) => {
    await watched.onListen()
    const stop = await onAppend.call(adapter, async (writes) => {
      if (watched.deaf) return
      listener(writes, watched.telling && writes !== undefined ? await stretchOf(writes) : undefined)
    })
    watched.listeners++
    listening.add(listener)
    return async () => {
      if (listening.delete(listener)) watched.listeners--
      await stop()
    }
  }
  return watched
}

export const wholeLog: LogQuery = {
  after: 0,
  before: 1_000_000,
  backwards: false,
  limit: 1_000_000,
  filter: {},
}

/** Events with the numbers from `first` to `last`. */
export function numbered(first: number, last: number, rest: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    type: 'Counted',
    data: { n: first + index },
    ...rest,
  }))
}
