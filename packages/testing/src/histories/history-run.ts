import assert from 'node:assert/strict'
import type { EventStore, ExpectedVersion, RecordedEvent } from '@eventfold/core'
import { rejectsWith } from '../contract/rejects-with.ts'
import {
  type Command,
  type EventSpec,
  type RetryCommand,
  streams,
  tags,
  types,
  type WriteSpec,
} from './command.ts'
import { HistoryModel, type ModelWrite, type SentEvent } from './history-model.ts'
import { readLog, readStream } from './history-reads.ts'

const rolledBack = new Error('rolled back by the history')

/** Plays a history on a store and on the model, and compares every answer. */
export class HistoryRun {
  readonly #model = new HistoryModel()
  readonly #reopen: (store: EventStore) => Promise<EventStore>
  readonly #sent: SentEvent[] = []
  readonly #appends: (readonly ModelWrite[])[] = []
  /** Positions as they were acknowledged or first read. */
  readonly #positions = new Map<string, number>()
  #store: EventStore
  #ids = 0

  constructor(store: EventStore, reopen: (store: EventStore) => Promise<EventStore>) {
    this.#store = store
    this.#reopen = reopen
  }

  async play(commands: readonly Command[]): Promise<void> {
    for (const command of commands) await this.#step(command)
    await readLog(this.#store, this.#model.log, {}, (events) => this.#checkPositions(events))
  }

  async #step(command: Command): Promise<void> {
    const store = this.#store
    switch (command.kind) {
      case 'append':
        return this.#append(this.#writes(command.writes))
      case 'retry':
        return this.#append(this.#retry(command))
      case 'readStream':
        return readStream(store, this.#model, command, undefined, (events) => this.#checkPositions(events))
      case 'readLog':
        return readLog(store, this.#model.log, command, (events) => this.#checkPositions(events))
      case 'info': {
        const stream = streams[command.stream] as string
        const info = await store.streamInfo(stream)
        assert.equal(info?.version ?? 0, this.#model.stream(stream).length, `version of ${stream}`)
        return
      }
      case 'invalid': {
        const events = [1, 2, 3].map((value, index) => {
          return { type: 'Opened', data: index === command.place ? { value: Number.NaN } : { value } }
        })
        const pointer = `/${command.place}/data/value`
        await rejectsWith(store.append(streams[command.stream] as string, events), 'not-json', { pointer })
        return
      }
      case 'transaction':
        return this.#transaction(command)
      case 'reopen':
        this.#store = await this.#reopen(store)
    }
  }

  async #transaction({ commands, commits }: Extract<Command, { kind: 'transaction' }>): Promise<void> {
    const before = this.#model.log
    const positions = new Map(this.#positions)
    const call = this.#store.transaction(async (transaction) => {
      for (const command of commands) {
        if (command.kind === 'append') await this.#append(this.#writes(command.writes), transaction)
        else if (command.kind === 'retry') await this.#append(this.#retry(command), transaction)
        else {
          const check = (events: readonly RecordedEvent[]) => this.#checkPositions(events)
          await readStream(this.#store, this.#model, command, transaction, check)
        }
      }
      if (!commits) throw rolledBack
    })
    if (commits) return call
    await assert.rejects(call, (error) => {
      if (error !== rolledBack) throw error
      return true
    })
    this.#model.log = before
    this.#positions.clear()
    for (const [id, position] of positions) this.#positions.set(id, position)
  }

  async #append(writes: readonly ModelWrite[], transaction?: unknown): Promise<void> {
    if (writes.length === 0) return
    const verdict = this.#model.append(writes)
    const [write] = writes as readonly [ModelWrite]
    const call =
      writes.length > 1
        ? this.#store.appendAll(writes, { transaction })
        : this.#store
            .append(write.stream, write.events, { expected: write.expected, transaction })
            .then((result) => [result])
    if (verdict.outcome === 'stored' || verdict.outcome === 'duplicate') {
      for (const [index, result] of (await call).entries()) {
        const { stream, events } = writes[index] as ModelWrite
        const { position, ...rest } = result
        assert.deepEqual(rest, {
          stream,
          version: verdict.versions[index],
          eventIds: events.map(({ id }) => id),
          duplicate: verdict.outcome === 'duplicate',
        })
        this.#checkPosition(result.eventIds.at(-1) as string, position)
      }
    } else {
      const { outcome, ...fields } = verdict
      await rejectsWith(call, outcome, fields)
    }
  }

  #writes(specs: readonly WriteSpec[]): readonly ModelWrite[] {
    const writes = specs.map((spec) => this.#write(spec))
    this.#appends.push(writes)
    return writes
  }

  /** Empty if there was no such append. */
  #retry({ of, as }: RetryCommand): readonly ModelWrite[] {
    const writes = this.#appends.at(-1 - of) ?? []
    if (as === 'reordered') return writes.toReversed()
    if (as === 'sent') return writes
    return writes.map((write) => ({
      ...write,
      events: write.events.slice(0, Math.max(1, write.events.length - 1)),
    }))
  }

  #write({ stream: index, expected, events }: WriteSpec): ModelWrite {
    const stream = streams[index] as string
    return {
      stream,
      expected: this.#expected(stream, expected),
      events: events.map((event) => this.#event(event)),
    }
  }

  #expected(stream: string, expected: WriteSpec['expected']): ExpectedVersion {
    if (typeof expected !== 'number') return expected
    return Math.max(0, this.#model.stream(stream).length + expected)
  }

  #event({ again, type, value, tags: tagged }: EventSpec): SentEvent {
    const sent = again === undefined ? undefined : this.#sent.at(-1 - again)
    // Of those sent again most are the same, and some have other content.
    if (sent !== undefined) return value < 3 ? sent : { ...sent, data: { value: sent.data.value + 1 } }
    const event: SentEvent = {
      id: `00000000-0000-7000-8000-${String(++this.#ids).padStart(12, '0')}`,
      type: types[type] as string,
      data: { value },
      metadata: { actor: `actor ${value}` },
      tags: tagged.map((tag) => tags[tag] as string),
      schemaVersion: value + 1,
    }
    this.#sent.push(event)
    return event
  }

  #checkPositions(events: readonly RecordedEvent[]): void {
    for (const { id, position } of events) this.#checkPosition(id, position)
  }

  #checkPosition(id: string, position: number): void {
    const known = this.#positions.get(id) ?? position
    assert.equal(position, known, `position of event ${id}`)
    this.#positions.set(id, position)
  }
}
