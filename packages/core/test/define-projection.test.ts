import { defineProjection, keyOf, type RecordedEvent } from '@eventfold/core'
import { expect, test } from 'vitest'
import { DocumentFold } from '../src/projection/document-fold.ts'
import { Account, Summaries } from './projection-fixtures.ts'

const initialState = { n: 0 }
const on = { Opened: (document: { n: number }) => ({ n: document.n + 1 }) }

function event(type: string, data: object, stream: string = 'account-1'): RecordedEvent {
  return {
    id: '018f0000-0000-7000-8000-000000000000',
    stream,
    version: 1,
    position: 1,
    type,
    schemaVersion: 1,
    data,
    metadata: {},
    tags: [],
    recordedAt: new Date(0),
  }
}

test('a definition that cannot work is refused', () => {
  const invalid = expect.objectContaining({ code: 'invalid-definition' })
  const Other = { category: 'other', events: {} }
  for (const name of ['', 'a#1', 'a/b', 'a:b', 'a\0', 'x'.repeat(129)]) {
    expect(() => defineProjection(name, { of: [Account], initialState, on })).toThrowError(invalid)
  }
  expect(() => defineProjection('p', { of: [], initialState, on: {} })).toThrowError(invalid)
  expect(() => defineProjection('p', { of: [Account], initialState, on: {} })).toThrowError(invalid)
  expect(() => defineProjection('p', { of: [Account, Other], initialState, on })).toThrowError(invalid)
  expect(() =>
    defineProjection('p', { of: [Account], initialState, on: { Nothing: () => null } as never }),
  ).toThrowError(invalid)
  expect(() => defineProjection('p', { version: 0, of: [Account], initialState, on })).toThrowError(
    expect.objectContaining({ code: 'invalid-option' }),
  )
})

test('the initial state is frozen, or made by a function of the key', () => {
  expect(Object.isFrozen(Summaries.initialState)).toBe(true)
  const fold = new DocumentFold(
    defineProjection('p', {
      of: [Account],
      initialState: (key: string) => ({ key, n: 0 }),
      on: { Opened: (d) => d },
    }),
  )
  expect(fold.next(undefined, event('Opened', {}), '42')).toEqual({ key: '42', n: 0 })
})

test('an event has the key of its stream, keys of its own, each once, or none', () => {
  const byStream = new DocumentFold(Summaries)
  expect(byStream.keysOf(event('Opened', {}, 'account-4-2'))).toEqual(['4-2'])
  expect(byStream.keysOf(event('Opened', {}, 'other-42'))).toEqual([])
  expect(byStream.keysOf(event('Renamed', {}))).toEqual([])
  const keyed = (key: () => string | readonly string[]) =>
    new DocumentFold(defineProjection('p', { of: [Account], key, initialState, on }))
  expect(keyed(() => ['b', 'a', 'b']).keysOf(event('Opened', {}))).toEqual(['b', 'a'])
  expect(keyed(() => 'all').keysOf(event('Opened', {}))).toEqual(['all'])
  expect(keyed(() => []).keysOf(event('Opened', {}))).toEqual([])
  expect(() => keyed(() => '').keysOf(event('Opened', {}))).toThrowError(
    expect.objectContaining({ code: 'invalid-document' }),
  )
})

test('with several sources, an event counts only in the category that has it', () => {
  const Loan = { category: 'loan', events: { Granted: Account.events.Opened } }
  const fold = new DocumentFold(
    defineProjection('p', {
      of: [Account, Loan],
      key: ({ stream }) => keyOf(stream),
      initialState,
      on: { ...on, Granted: (document) => document },
    }),
  )
  expect(fold.filter).toEqual({ types: ['Opened', 'Granted'] })
  expect(fold.keysOf(event('Granted', {}, 'loan-1'))).toEqual(['1'])
  expect(fold.keysOf(event('Granted', {}, 'account-1'))).toEqual([])
})

test('null removes a document, and undefined is an error', () => {
  const fold = new DocumentFold(
    defineProjection('p', {
      of: [Account],
      initialState,
      on: { ...on, Closed: () => null, Deposited: (() => undefined) as never },
    }),
  )
  expect(fold.next({ n: 3 }, event('Closed', {}), '1')).toBeUndefined()
  expect(fold.next(undefined, event('Opened', {}), '1')).toEqual({ n: 1 })
  expect(() => fold.next({ n: 3 }, event('Deposited', {}), '1')).toThrowError(
    expect.objectContaining({ code: 'missing-result', projection: 'p', type: 'Deposited', position: 1 }),
  )
})
