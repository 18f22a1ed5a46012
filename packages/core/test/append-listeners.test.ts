import { expect, test } from 'vitest'
import { AppendListeners, type StoredEvent, type StreamWrite } from '../src/adapter.ts'

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

test('what is told of the log is told on, as one stretch where it is one', async () => {
  const listeners = new AppendListeners()
  const stretches: (readonly [number, ...number[]] | undefined)[] = []
  listeners.add((_, stretch) => {
    stretches.push(stretch && [stretch.after, ...stretch.events.map(({ position }) => position)])
  })
  const tell = (after: number, ...positions: number[]) =>
    listeners.tell([write('a')], {
      after,
      events: positions.map((position) => ({ position }) as StoredEvent),
    })
  tell(0, 1)
  tell(1, 2, 3)
  await told()
  tell(3, 4)
  tell(5, 6)
  await told()
  tell(6, 7)
  listeners.tell([write('a')])
  await told()
  listeners.tell()
  tell(8, 9)
  await told()
  tell(9, 10)
  await told()
  expect(stretches).toEqual([[0, 1, 2, 3], undefined, undefined, undefined, [9, 10]])
})
