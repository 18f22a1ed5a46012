import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { DocumentWrite, StoredEvent } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import {
  archiveStream,
  closeStream,
  EventStore,
  type ExportProgress,
  exportLog,
  type ImportProgress,
  importLog,
  readModel,
  StoreUnavailableError,
  summariseStream,
  truncateStream,
} from '../src/index.ts'
import { documentsOf } from './consumer-fixtures.ts'
import { Summaries } from './projection-fixtures.ts'

const deposited = (cents: number, rest = {}) => ({ type: 'MoneyDeposited', data: { cents }, ...rest })

async function filled(count = 12): Promise<EventStore> {
  const store: EventStore = openMemory() as EventStore
  for (let cents = 1; cents <= count; cents++) {
    await store.append(`account-${cents % 3}`, [
      deposited(cents, { tags: [`cents:${cents}`], metadata: { actor: 'ada' } }),
    ])
  }
  return store
}

async function linesOf(store: EventStore, options: Parameters<typeof exportLog>[1] = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const line of exportLog(store, options)) lines.push(line)
  return lines
}

async function logOf(store: EventStore) {
  return (await store.readLog()).events
}

const put = (store: EventStore, key: string, data: string | undefined) =>
  documentsOf(store).write([{ collection: 'notes', key, data, fields: [{ field: 'size', value: '1' }] }])

/** Lines with the checksums that belong to them. */
function sealed(contents: readonly object[]): string[] {
  let text = ''
  return contents.map((content) => {
    const start = JSON.stringify(content).slice(0, -1)
    const checksum = crc32(text + start)
      .toString(16)
      .padStart(8, '0')
    const line = `${start},"checksum":"${checksum}"}`
    text += `${line}\n`
    return line
  })
}

describe('an export', () => {
  test('has no character at which a reader of lines may end one', async () => {
    const store = openMemory() as EventStore
    const text = 'one\u2028two\u2029three\r\nfour \\u2028'
    await store.append('note-1', [{ type: 'Noted', data: { text } }])
    const lines = await linesOf(store)
    const read = createInterface({ input: Readable.from([`${lines.join('\n')}\n`]) })
    const copy = openMemory() as EventStore
    expect((await importLog(copy, read)).events).toBe(1)
    expect((await copy.readStream('note-1'))[0]?.data).toEqual({ text })
  })

  test('has a header, a line for each event, and an end, each with the CRC-32 of what is before it', async () => {
    const store = openMemory({ clock: () => new Date(5) }) as EventStore
    const id = '019c0000-0000-7000-8000-000000000001'
    await store.append('account-1', [deposited(1, { id, tags: ['a'], metadata: { actor: 'é' } })])
    const data = '{"cents":1}'
    const event = {
      position: 1,
      stream: 'account-1',
      version: 1,
      id,
      type: 'MoneyDeposited',
      schemaVersion: 1,
      recordedAt: 5,
      tags: ['a'],
      metadata: '{"actor":"é"}',
      data,
    }
    expect(await linesOf(store)).toEqual(
      sealed([
        { format: 'eventfold-log', formatVersion: 1, after: null },
        { event },
        { end: { events: 1, documents: null, position: 1 } },
      ]),
    )
    await put(store, 'a', 'text')
    expect(await linesOf(store, { after: 1, documents: true })).toEqual(
      sealed([
        { format: 'eventfold-log', formatVersion: 1, after: { position: 1, id } },
        { document: { collection: 'notes', key: 'a', data: 'text', fields: [['size', '1']] } },
        { end: { events: 0, documents: 1, position: 1 } },
      ]),
    )
  })

  test('goes on to where the log ends when it gets there, and tells how far it is', async () => {
    const store = await filled(1_200)
    const progress: ExportProgress[] = []
    let lines = 0
    for await (const _ of exportLog(store, { onProgress: (report) => progress.push(report) })) {
      if (lines++ === 700) await store.append('account-9', [deposited(9)])
    }
    expect(lines).toBe(1_203)
    expect(progress.map(({ events, position, head }) => [events, position, head])).toEqual([
      [500, 500, 1_200],
      [1_000, 1_000, 1_200],
      [1_201, 1_201, 1_200],
    ])
  })

  test('of documents is refused where somebody writes meanwhile', async () => {
    const store = await filled()
    await put(store, 'a', 'text')
    for (const disturb of [() => put(store, 'a', 'other'), () => store.append('account-1', [deposited(1)])]) {
      const run = async () => {
        for await (const line of exportLog(store, { documents: true })) {
          if (line.startsWith('{"document"')) await disturb()
        }
      }
      await expect(run()).rejects.toMatchObject({ code: 'export-disturbed' })
    }
    await linesOf(store, { documents: true })
  })

  test('refuses a position that is none', async () => {
    const store = await filled(1)
    expect(() => exportLog(store, { after: -1 })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})

describe('an import', () => {
  test('gives the same log, with its positions, ids and times, on which appends go on', async () => {
    const store = await filled()
    const copy = openMemory() as EventStore
    const progress: ImportProgress[] = []
    const report = await importLog(copy, await linesOf(store), {
      batchSize: 5,
      onProgress: (step) => progress.push(step),
    })
    expect(report).toEqual({ events: 12, stored: 12, documents: null, position: 12 })
    expect(progress.map(({ lines, events, position }) => [lines, events, position])).toEqual([
      [6, 5, 5],
      [11, 10, 10],
      [14, 12, 12],
    ])
    expect(await logOf(copy)).toEqual(await logOf(store))
    expect(await copy.append('account-0', [deposited(1)], { expected: 4 })).toMatchObject({ position: 13 })
  })

  test('takes lines with line feeds, and an empty one behind the end', async () => {
    const text = `${(await linesOf(await filled())).join('\r\n')}\r\n`
    const copy = openMemory() as EventStore
    await importLog(copy, [...text.split(/(?<=\n)/), ''])
    expect(await copy.head()).toBe(12)
  })

  test('goes on part by part', async () => {
    const store = await filled()
    const copy = openMemory() as EventStore
    const { position } = await importLog(copy, await linesOf(store))
    await store.append('account-1', [deposited(13), deposited(14)])
    const rest = await linesOf(store, { after: position })
    expect(await importLog(copy, rest)).toMatchObject({ events: 2, stored: 2, position: 14 })
    expect(await importLog(copy, rest)).toMatchObject({ events: 2, stored: 0, position: 14 })
    expect(await logOf(copy)).toEqual(await logOf(store))
    const late = importLog(openMemory(), rest)
    await expect(late).rejects.toMatchObject({ code: 'import-conflict', position: 12, line: 1 })
    const other = importLog(await filled(), rest)
    await expect(other).rejects.toMatchObject({ code: 'import-conflict', position: 12, line: 1 })
  })

  test('goes on where it was interrupted, at any line', async () => {
    const store = await filled()
    await put(store, 'a', 'text')
    await put(store, 'b', 'other')
    await put(store, 'c', '')
    const lines = await linesOf(store, { documents: true })
    for (let count = 0; count < lines.length; count++) {
      const copy = openMemory() as EventStore
      const call = importLog(copy, lines.slice(0, count), { batchSize: 2 })
      await expect(call).rejects.toMatchObject({ code: 'import-truncated', line: count + 1 })
      const head = await copy.head()
      const report = await importLog(copy, lines, { batchSize: 5 })
      expect(report).toEqual({ events: 12, stored: 12 - head, documents: 3, position: 12 })
      expect(await linesOf(copy, { documents: true })).toEqual(lines)
    }
  })

  test('finds out what it has stored where replies are lost', async () => {
    const store = await filled()
    await put(store, 'a', 'text')
    const { adapter } = openMemory()
    let calls = 0
    const lossy = async <Result>(call: () => Promise<Result>): Promise<Result> => {
      if (++calls % 3 === 0) throw new StoreUnavailableError('not-stored', 'refused')
      const result = await call()
      if (calls % 3 === 1) throw new StoreUnavailableError('unknown', 'lost')
      return result
    }
    const { documents, transfer } = adapter
    if (documents === undefined || transfer === undefined) throw new Error('The adapter lacks a part')
    const write = documents.write.bind(documents)
    const importEvents = transfer.importEvents.bind(transfer)
    Object.assign(documents, { write: (writes: readonly DocumentWrite[]) => lossy(() => write(writes)) })
    Object.assign(transfer, {
      importEvents: (events: readonly StoredEvent[]) => lossy(() => importEvents(events)),
    })
    const copy = new EventStore(adapter) as EventStore
    const report = await importLog(copy, await linesOf(store, { documents: true }), { batchSize: 3 })
    expect(report).toEqual({ events: 12, stored: 12, documents: 1, position: 12 })
    expect(await logOf(copy)).toEqual(await logOf(store))
    expect(calls).toBeGreaterThan(6)
  })

  test.each<[string, (lines: string[]) => string[], string, number]>([
    ['nothing', () => [], 'import-truncated', 1],
    ['another file', () => ['{"hello":1}'], 'import-foreign', 1],
    ['an empty line', () => [''], 'import-foreign', 1],
    [
      'a changed text',
      (lines) => lines.with(7, (lines[7] ?? '').replace('MoneyD', 'Moneyd')),
      'import-damaged',
      8,
    ],
    ['a line left out', (lines) => lines.toSpliced(7, 1), 'import-damaged', 8],
    ['a line twice', (lines) => lines.toSpliced(7, 0, lines[6] ?? ''), 'import-damaged', 8],
    ['half a line', (lines) => lines.slice(0, 8).with(7, lines[7]?.slice(0, 40) ?? ''), 'import-damaged', 8],
    [
      'lines in another order',
      (lines) => lines.with(7, lines[8] ?? '').with(8, lines[7] ?? ''),
      'import-damaged',
      8,
    ],
    ['no end', (lines) => lines.slice(0, -1), 'import-truncated', 14],
    ['more behind the end', (lines) => [...lines, lines[0] ?? ''], 'import-damaged', 15],
    [
      'a later version of the format',
      () => sealed([{ format: 'eventfold-log', formatVersion: 2 }]),
      'import-foreign',
      1,
    ],
  ])('refuses %s, and names the line', async (_what, spoil, code, line) => {
    const lines = spoil(await linesOf(await filled()))
    const copy = openMemory() as EventStore
    await expect(importLog(copy, lines, { batchSize: 2 })).rejects.toMatchObject({ code, line })
    expect(await copy.head()).toBeLessThanOrEqual(Math.max(0, line - 2))
  })

  const header = { format: 'eventfold-log', formatVersion: 1, after: null }
  const event = {
    position: 1,
    stream: 'account-1',
    version: 1,
    id: '019c0000-0000-7000-8000-000000000001',
    type: 'MoneyDeposited',
    schemaVersion: 1,
    recordedAt: 5,
    tags: ['a'],
    metadata: '',
    data: '1',
  }
  test.each<[string, object[]]>([
    ['no header', [{ event }]],
    ['two headers', [header, header]],
    ['an event without a stream', [header, { event: { ...event, stream: 7 } }]],
    ['a stream without a category', [header, { event: { ...event, stream: 'account' } }]],
    ['a control character', [header, { event: { ...event, type: 'a\u0000b' } }]],
    ['an id in upper case', [header, { event: { ...event, id: event.id.toUpperCase() } }]],
    ['tags twice', [header, { event: { ...event, tags: ['a', 'a'] } }]],
    ['a position of zero', [header, { event: { ...event, position: 0 } }]],
    ['a position twice', [header, { event }, { event: { ...event, version: 2 } }]],
    [
      'an event behind documents',
      [header, { document: { collection: 'a', key: 'a', data: '', fields: [] } }, { event }],
    ],
    ['fields that are none', [header, { document: { collection: 'a', key: 'a', data: '', fields: ['a'] } }]],
  ])('refuses lines with right checksums that no export has written: %s', async (_what, contents) => {
    const copy = openMemory() as EventStore
    const call = importLog(copy, sealed(contents), { batchSize: 1 })
    await expect(call).rejects.toMatchObject({ code: 'import-foreign', line: contents.length })
  })

  test('into a store with other events is refused, and stores nothing of the batch', async () => {
    const store = await filled()
    const lines = await linesOf(store)
    const other = await filled(3)
    await expect(importLog(other, lines)).rejects.toMatchObject({
      code: 'import-conflict',
      position: 1,
      line: 2,
    })
    expect(await other.head()).toBe(3)

    const copy = openMemory() as EventStore
    await importLog(copy, lines.slice(0, 6), { batchSize: 1 }).catch(() => {})
    await copy.append('account-7', [deposited(1)])
    const late = importLog(copy, lines, { batchSize: 2 })
    await expect(late).rejects.toMatchObject({ code: 'import-conflict', position: 6, line: 7 })
  })

  test('with gaps refuses a store that has events there, or lacks some', async () => {
    const at = (position: number, version: number) => ({
      event: { ...event, position, version, id: event.id.replace(/1$/, String(version)) },
    })
    const end = { end: { events: 2, documents: null, position: 9 } }
    const copy = openMemory() as EventStore
    await importLog(copy, sealed([header, at(3, 1), at(5, 2), at(9, 3), end]))
    await importLog(copy, sealed([header, at(3, 1), at(5, 2), at(9, 3), end]))
    const fewer = importLog(copy, sealed([header, at(3, 1), at(9, 3), end]))
    await expect(fewer).rejects.toMatchObject({ code: 'import-conflict', line: 3, position: 9 })
    const more = importLog(copy, sealed([header, at(3, 1), at(4, 2), at(5, 3), end]))
    await expect(more).rejects.toMatchObject({ code: 'import-conflict', line: 3, position: 4 })
    const next = importLog(copy, sealed([header, at(3, 1), at(5, 2), at(9, 3), at(12, 5), end]))
    await expect(next).rejects.toMatchObject({ code: 'import-conflict', line: 5, position: 12 })
  })

  test('of documents refuses a store that has others, or goes on behind the events', async () => {
    const store = await filled(1)
    await put(store, 'b', 'text')
    const lines = await linesOf(store, { documents: true })
    for (const [key, line] of [
      ['a', 3],
      ['b', 3],
      ['c', 4],
    ] as const) {
      const copy = openMemory() as EventStore
      await put(copy, key, 'other')
      const call = importLog(copy, lines)
      await expect(call).rejects.toMatchObject({ code: 'import-conflict', line, position: 1 })
    }
    const ahead = openMemory() as EventStore
    await importLog(ahead, await linesOf(store))
    await ahead.append('account-1', [deposited(2)])
    await expect(importLog(ahead, lines)).rejects.toMatchObject({ code: 'import-conflict', line: 3 })
  })

  test('is refused while the store carries inline read models, and where the adapter cannot', async () => {
    const copy = openMemory()
    const balances = readModel(Summaries, copy, { mode: 'inline' })
    await balances.start()
    const lines = await linesOf(await filled(1))
    await expect(importLog(copy, lines)).rejects.toMatchObject({ code: 'invalid-option' })
    await balances.stop()
    const { transfer: _, ...adapter } = openMemory().adapter
    const limited = new EventStore(adapter as never)
    await expect(importLog(limited, lines)).rejects.toMatchObject({ code: 'unsupported' })
    expect(() => exportLog(limited, { documents: true })).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    )
  })
})

describe('streams that were closed, truncated or archived', () => {
  async function maintained(): Promise<{ readonly store: EventStore; readonly archive: readonly string[] }> {
    const store = await filled()
    const archive: string[] = []
    await truncateStream(store, 'account-0', { before: 3 })
    await closeStream(store, 'account-1')
    await archiveStream(store, 'account-2', async (lines) => {
      for await (const line of lines) archive.push(line)
      return undefined
    })
    return { store, archive }
  }

  const infosOf = async (store: EventStore) =>
    Promise.all(['account-0', 'account-1', 'account-2'].map((stream) => store.streamInfo(stream)))

  test('arrive as they are, in parts as well', async () => {
    const { store } = await maintained()
    const other = openMemory() as EventStore
    for (const _ of [1, 2])
      await importLog(other, await linesOf(store, { documents: true }), { batchSize: 2 })
    expect(await logOf(other)).toEqual(await logOf(store))
    expect(await infosOf(other)).toEqual(await infosOf(store))
    expect(await linesOf(other, { documents: true })).toEqual(await linesOf(store, { documents: true }))
    await expect(other.append('account-2', [deposited(1)])).rejects.toMatchObject({ code: 'stream-closed' })
    const after = await store.head()
    await store.append('account-0', [deposited(1)])
    await summariseStream(store, 'account-1', deposited(22), { expected: 4 })
    await importLog(other, await linesOf(store, { after }))
    expect((await infosOf(other))[0]).toMatchObject({ firstVersion: 3, version: 5 })
    expect((await infosOf(other))[1]).toMatchObject({ version: 5, closed: true })
  })

  test('are archived as exports, which another store imports', async () => {
    const { archive } = await maintained()
    const other = openMemory() as EventStore
    expect(await importLog(other, archive)).toMatchObject({ events: 4, documents: null })
    const before = await logOf(await filled())
    const events = before.filter(({ stream }) => stream === 'account-2')
    const bare = ({ version, position, data }: (typeof events)[number]) => ({ version, position, data })
    expect((await logOf(other)).map(bare)).toEqual(events.map(bare))
  })

  test('are not exported while events are removed', async () => {
    const store = await filled(600)
    const lines = exportLog(store)
    await lines.next()
    await truncateStream(store, 'account-0', { before: 150 })
    const rest = async () => {
      for await (const _ of lines);
    }
    await expect(rest()).rejects.toMatchObject({
      code: 'export-disturbed',
      message: expect.stringContaining('while no stream is truncated'),
    })
  })

  test('cannot be had from an adapter that never removes', async () => {
    const { adapter } = openMemory()
    Reflect.deleteProperty(adapter, 'maintenance')
    const store = new EventStore(adapter)
    await expect(closeStream(store, 'account-1')).rejects.toMatchObject({ code: 'unsupported' })
  })
})
