import { expect, test } from 'vitest'
import { AppendListeners, type StreamWrite } from '../src/adapter.ts'

const write = (stream: string): StreamWrite => ({ stream, expected: 'any', events: [] })
const told = () => new Promise(process.nextTick)

function listenTo(listeners: AppendListeners) {
  const calls: (readonly string[] | undefined)[] = []
  const end = listeners.add((writes) => calls.push(writes?.map(({ stream }) => stream)))
  return { calls, end }
}

test('what is told within a moment is one call, with all writes', async () => {
  const listeners = new AppendListeners()
  const { calls } = listenTo(listeners)
  listeners.tell([write('a'), write('b')])
  listeners.tell([write('c')])
  expect(calls).toEqual([])
  await told()
  listeners.tell([write('d')])
  await told()
  expect(calls).toEqual([['a', 'b', 'c'], ['d']])
})

test.each([
  ['first', [undefined, [write('a')]]],
  ['last', [[write('a')], undefined]],
])('a call that does not know what has happened makes all of the moment so: %s', async (_, tellings) => {
  const listeners = new AppendListeners()
  const { calls } = listenTo(listeners)
  for (const writes of tellings) listeners.tell(writes)
  await told()
  listeners.tell([write('b')])
  await told()
  expect(calls).toEqual([undefined, ['b']])
})

test('a listener that is added twice is told twice, and ends once at a time', async () => {
  const listeners = new AppendListeners()
  let calls = 0
  const listener = () => {
    calls++
  }
  const [end] = [listeners.add(listener), listeners.add(listener)]
  listeners.tell()
  await told()
  expect(calls).toBe(2)
  end?.()
  end?.()
  expect(listeners.size).toBe(1)
  listeners.tell()
  await told()
  expect(calls).toBe(3)
})

test('whoever begins to listen hears nothing of before', async () => {
  const listeners = new AppendListeners()
  listeners.tell()
  listeners.tell([write('a')])
  const { calls } = listenTo(listeners)
  await told()
  listeners.tell([write('b')])
  await told()
  expect(calls).toEqual([['b']])
})
