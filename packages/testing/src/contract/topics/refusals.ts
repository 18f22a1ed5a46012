import assert from 'node:assert/strict'
import type { EventStore, ExpectedVersion, NewEvent } from '@eventfold/core'
import { deposited } from '../facts.ts'
import { checkEmpty } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { ContractCase, Topic } from '../topic.ts'

const controlCharacters = ['\0', '\u0001', '\t', '\n', '\u001f', '\u007f', '\u0085', '\u009f']
const loneSurrogates = ['\ud800', '\udfff', 'a\udc00b', '\ud83d']
const brokenNames = ['', ...controlCharacters.map((character) => `a${character}b`), ...loneSurrogates]

/** What is called, and the fields of the error with which it must be refused. */
interface Refusal {
  readonly what: string
  readonly call: (store: EventStore) => Promise<unknown>
  readonly code: string
  readonly pointer?: string
}

/** Every call must be refused, and none may store anything. */
function refusing(refusals: readonly Refusal[]): ContractCase {
  return async ({ open }) => {
    const store = await open({ maxEventBytes: 100, maxEventsPerAppend: 5 })
    for (const { what, call, code, pointer } of refusals) {
      const fields = pointer === undefined ? {} : { pointer }
      await rejectsWith(call(store), code, { name: 'InvalidInputError', retryable: false, ...fields }, what)
    }
    await checkEmpty(store)
  }
}

/** An event that is refused alone, as the second of an append, and in the second of several streams. */
function refusalsOf(what: string, code: string, event: unknown, pointer?: string): Refusal[] {
  const bad = event as NewEvent
  const shown = `${what} ${JSON.stringify(event)?.slice(0, 60)}`
  const at = (prefix: string) => (pointer === undefined ? {} : { pointer: `${prefix}${pointer}` })
  return [
    { what: shown, code, call: (store) => store.append('account-1', [bad]), ...at('/0') },
    { what: shown, code, call: (store) => store.append('account-1', [deposited(1), bad]), ...at('/1') },
    {
      what: shown,
      code,
      call: (store) => {
        const good = { stream: 'account-1', events: [deposited(1)] }
        return store.appendAll([good, { stream: 'account-2', events: [bad] }])
      },
      ...at('/1/events/0'),
    },
  ]
}

const brokenStreamIds = [
  ...brokenNames.map((name) => (name === '' ? name : `account-${name}`)),
  'account',
  '-1',
  'account-',
  `account-${'x'.repeat(505)}`,
  `account-${'é'.repeat(253)}`,
  5 as never,
  undefined as never,
]

const impossibleVersions = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', 'none', null, {}]

export const refusals: Topic = {
  name: 'refusals',
  cases: {
    '[6] an append without events is refused': refusing([
      { what: 'append', code: 'empty-append', call: (store) => store.append('account-1', []) },
      { what: 'appendAll', code: 'empty-append', call: (store) => store.appendAll([]) },
      {
        what: 'a stream of appendAll',
        code: 'empty-append',
        call: (store) =>
          store.appendAll([
            { stream: 'account-1', events: [deposited(1)] },
            { stream: 'account-2', events: [] },
          ]),
      },
    ]),

    '[1] more events than permitted are refused': refusing([
      {
        what: 'append',
        code: 'too-many-events',
        call: (store) =>
          store.append(
            'account-1',
            Array.from({ length: 6 }, () => deposited(1)),
          ),
      },
    ]),

    '[6] a stream id that is empty, too long, without key or not plain text is refused': refusing(
      brokenStreamIds.flatMap((stream): Refusal[] => {
        const what = `stream ${JSON.stringify(stream)?.slice(0, 60)}`
        const code = 'invalid-stream-id'
        const events = [deposited(1)]
        return [
          { what, code, call: (store) => store.append(stream, events) },
          {
            what,
            code,
            call: (store) =>
              store.appendAll([
                { stream: 'account-1', events },
                { stream, events },
              ]),
          },
          { what, code, call: (store) => store.readStream(stream) },
          { what, code, call: (store) => store.streamInfo(stream) },
        ]
      }),
    ),

    '[1] a stream that is named twice in one append is refused': refusing([
      {
        what: 'appendAll',
        code: 'invalid-stream-id',
        call: (store) => {
          const append = { stream: 'account-1', events: [deposited(1)] }
          return store.appendAll([append, append])
        },
      },
    ]),

    '[6] an event type that is empty, too long or not plain text is refused': refusing(
      [...brokenNames, 'x'.repeat(257), 'é'.repeat(129), undefined, 5].flatMap((type) => {
        return refusalsOf('type', 'invalid-event-type', { type, data: null }, '/type')
      }),
    ),

    '[6] a tag that is empty, too long or not plain text is refused': refusing([
      ...[...brokenNames, 'x'.repeat(257), 5, null].flatMap((tag) => {
        return refusalsOf('tag', 'invalid-tag', { ...deposited(1), tags: ['a', tag] }, '/tags/1')
      }),
      ...refusalsOf('tags', 'invalid-tag', { ...deposited(1), tags: 'text' }, '/tags'),
    ]),

    '[5] an event id that is not a UUID, or comes twice in one append, is refused': refusing([
      ...['', 'x', '123', '00000000-0000-0000-0000-00000000000g', 5].flatMap((id) => {
        return refusalsOf('id', 'invalid-event-id', { ...deposited(1), id }, '/id')
      }),
      {
        what: 'an id twice in one stream',
        code: 'invalid-event-id',
        call: (store) => {
          const id = store.newId()
          return store.append('account-1', [deposited(1, { id }), deposited(2, { id: id.toUpperCase() })])
        },
      },
      {
        what: 'an id in two streams',
        code: 'invalid-event-id',
        call: (store) => {
          const events = [deposited(1, { id: store.newId() })]
          return store.appendAll(['account-1', 'account-2'].map((stream) => ({ stream, events })))
        },
      },
    ]),

    '[6] a schema version that is not a whole number from 1 is refused': refusing(
      [0, -1, 1.5, Number.NaN, 2 ** 31, '1', null].flatMap((schemaVersion) => {
        const event = { ...deposited(1), schemaVersion }
        return refusalsOf('schemaVersion', 'invalid-schema-version', event, '/schemaVersion')
      }),
    ),

    '[2] an expected version that cannot be is refused': refusing(
      impossibleVersions.flatMap((version): Refusal[] => {
        const expected = version as ExpectedVersion
        const what = `expected ${String(version)}`
        const code = 'invalid-expected-version'
        const events = [deposited(1)]
        return [
          { what, code, call: (store) => store.append('account-1', events, { expected }) },
          { what, code, call: (store) => store.appendAll([{ stream: 'account-1', events, expected }]) },
        ]
      }),
    ),

    '[6] an event that is larger than permitted is refused': refusing([
      ...['x'.repeat(99), 'é'.repeat(50), Array.from({ length: 60 }, () => 1)].flatMap((data) => {
        return refusalsOf('large data', 'event-too-large', { type: 'Said', data }, '/data')
      }),
      ...refusalsOf(
        'large metadata',
        'event-too-large',
        { ...deposited(1), metadata: { note: 'x'.repeat(100) } },
        '/metadata',
      ),
    ]),

    '[6] something else than an event is refused': refusing([
      ...[null, undefined, 5, 'text'].flatMap((event) => refusalsOf('event', 'invalid-event', event, '')),
      ...[undefined, null, 'text', deposited(1), new Set([deposited(1)])].map((events): Refusal => {
        return {
          what: 'no array',
          code: 'invalid-event',
          call: (store) => store.append('account-1', events as never),
        }
      }),
    ]),

    '[1] an array of events with a hole is refused, and fails no other append that is under way': async ({
      open,
    }) => {
      const store = await open()
      const holed = [deposited(1), deposited(2)]
      delete holed[0]
      const first = store.append('account-1', [deposited(1)])
      const refused = store.append('account-2', holed)
      const last = store.append('account-3', [deposited(3)])
      await rejectsWith(refused, 'invalid-event', { name: 'InvalidInputError', pointer: '/0' })
      assert.equal((await Promise.all([first, last])).length, 2)
      assert.equal(await store.streamInfo('account-2'), undefined)
    },

    '[6] metadata that is not a plain object, or with a standard field that is not text, is refused':
      refusing([
        ...['correlationId', 'causationId', 'actor'].flatMap((field) =>
          [5, null, {}].flatMap((value) => {
            const event = { ...deposited(1), metadata: { [field]: value } }
            return refusalsOf('metadata', 'invalid-metadata', event, `/metadata/${field}`)
          }),
        ),
        ...['text', 5, [1], new Map([['actor', 'ada']]), new Date(0)].flatMap((metadata) => {
          return refusalsOf('metadata', 'invalid-metadata', { ...deposited(1), metadata }, '/metadata')
        }),
      ]),

    '[6] within a transaction the same is refused, and the transaction stays usable': async ({ open }) => {
      const store = await open()
      await store.transaction(async (transaction) => {
        await rejectsWith(store.append('account-1', [], { transaction }), 'empty-append')
        await rejectsWith(store.append('account', [deposited(1)], { transaction }), 'invalid-stream-id')
        const bad = [{ type: 'Said', data: Number.NaN }]
        await rejectsWith(store.append('account-1', bad, { transaction }), 'not-json', { pointer: '/0/data' })
        await store.append('account-1', [deposited(1)], { transaction, expected: 'no-stream' })
      })
      await rejectsWith(store.append('account-1', [deposited(1)], { expected: 0 }), 'concurrency', {
        actual: 1,
      })
    },
  },
}
