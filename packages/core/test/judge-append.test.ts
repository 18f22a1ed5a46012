import type { StoredIdentity, StreamWrite } from '@eventfold/core/adapter'
import { judgeAppend } from '@eventfold/core/adapter'
import { expect, test } from 'vitest'

const event = (id: string, data = '{}', tags: readonly string[] = []) => ({
  id,
  type: 'A',
  schemaVersion: 1,
  data,
  metadata: '',
  tags,
})

const write = (
  stream: string,
  ids: readonly string[],
  expected: StreamWrite['expected'] = 'any',
): StreamWrite => ({
  stream,
  expected,
  events: ids.map((id) => event(id)),
})

const stored = (stream: string, version: number, id: string): StoredIdentity => ({
  ...event(id),
  stream,
  version,
  position: version * 10,
})

test('nothing stored and the expectation met: to be stored', () => {
  expect(judgeAppend([write('a-1', ['x'], 3)], [], () => 3)).toBeUndefined()
})

test('the first expectation that does not hold is the error', () => {
  const writes = [write('a-1', ['x'], 'any'), write('a-2', ['y'], 1), write('a-3', ['z'], 1)]
  expect(() => judgeAppend(writes, [], () => 2)).toThrow(
    expect.objectContaining({ code: 'concurrency', stream: 'a-2', expected: 1, actual: 2 }),
  )
})

test('all of it stored: the first receipts, whatever is expected now', () => {
  const log = [stored('a-1', 2, 'y'), stored('a-1', 1, 'x'), stored('a-2', 4, 'z')]
  const receipts = judgeAppend([write('a-1', ['x', 'y'], 'no-stream'), write('a-2', ['z'], 1)], log, () => 9)
  expect(receipts).toEqual([
    { stream: 'a-1', version: 2, position: 20, duplicate: true },
    { stream: 'a-2', version: 4, position: 40, duplicate: true },
  ])
})

test('anything else that meets stored ids is a conflict of ids', () => {
  const log = [stored('a-1', 1, 'x'), stored('a-1', 2, 'y')]
  const conflicts: StreamWrite[][] = [
    [write('a-1', ['x', 'new'])],
    [write('a-1', ['x', 'y']), write('a-2', ['new'])],
    [write('a-2', ['x', 'y'])],
    [write('a-1', ['y', 'x'])],
    [{ ...write('a-1', []), events: [event('x', '{"n":1}'), event('y')] }],
    [{ ...write('a-1', []), events: [{ ...event('x'), type: 'B' }, event('y')] }],
    [{ ...write('a-1', []), events: [{ ...event('x'), schemaVersion: 2 }, event('y')] }],
    [{ ...write('a-1', []), events: [event('x', '{}', ['t']), event('y')] }],
  ]
  for (const writes of conflicts) {
    expect(() => judgeAppend(writes, log, () => 2)).toThrow(
      expect.objectContaining({ code: 'event-id-conflict', stream: 'a-1' }),
    )
  }
})

test('metadata may differ, and tags may come in another order', () => {
  const log = [{ ...stored('a-1', 1, 'x'), tags: ['s', 't'] }]
  const retry = {
    ...write('a-1', []),
    events: [{ ...event('x', '{}', ['t', 's']), metadata: '{"actor":"b"}' }],
  }
  expect(judgeAppend([retry], log, () => 1)).toMatchObject([{ duplicate: true }])
})
