import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import fc from 'fast-check'
import type { EventStoreStorage } from '../contract/fixture.ts'
import { rejectsWith } from '../contract/rejects-with.ts'
import { type CheckOptions, checkProperty } from './check-property.ts'
import { withStorage } from './with-storage.ts'

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toJSON',
    '\0',
    '\ud800',
    'a\udfffb',
    '\u2028',
    '\\u0000',
    '',
    '0',
    '10',
  ),
)

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    hostileText,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, -0, Number.NaN, undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(hostileText, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
  ),
})).value

/**
 * Appends random values, many of them hostile. Each must come back as it was, down to the order of keys, or be
 * refused as `not-json` and leave nothing.
 */
export function checkPayloads(
  createStorage: () => EventStoreStorage | Promise<EventStoreStorage>,
  options: CheckOptions = {},
): Promise<void> {
  return withStorage(createStorage, async (open) => {
    const store = await open()
    const { runs = 300 } = options
    await checkProperty('A payload', value, (data) => checkPayload(store, data), { ...options, runs })
  })
}

async function checkPayload(store: EventStore, data: unknown): Promise<void> {
  const stream = `payload-${store.newId()}`
  const events = [{ type: 'Said', data: { data }, metadata: { data: data as never } }]
  if (!canBeCarried(data)) {
    const error = await rejectsWith(store.append(stream, events), 'not-json')
    assert.match(String(Reflect.get(error, 'pointer')), /^\/0\/data\/data/)
    assert.equal(await store.streamInfo(stream), undefined)
    return
  }
  await store.append(stream, events)
  const [event] = await store.readStream(stream)
  assert.deepEqual(event?.data, { data })
  assert.equal(JSON.stringify(event?.data), JSON.stringify({ data }))
  assert.equal(JSON.stringify(event?.metadata), JSON.stringify({ data }))
}

/** Said in another way than core does: by what JSON makes of it. */
function canBeCarried(data: unknown): boolean {
  const text = JSON.stringify({ data })
  // JSON.stringify writes a lone surrogate, and U+0000, as an escape.
  if (/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(text)) return false
  const names = new Set<string>()
  const copy: unknown = JSON.parse(text, function remember(this: object, _name, inner: unknown) {
    for (const name of Object.getOwnPropertyNames(this)) names.add(name)
    return inner
  })
  if (names.has('__proto__')) return false
  try {
    assert.deepEqual(copy, { data })
    return true
  } catch {
    return false
  }
}
