// Appends and summarises for as long as it lives, and tells its parent when.
import { defineAggregate, repository, summariseStream, typeOf } from '@eventfold/core'
import { openSqlite } from '../../src/index.ts'

const Counter = defineAggregate('counter', {
  initialState: 0,
  events: { Counted: typeOf<object>(), Summarised: typeOf<{ count: number }>() },
  evolve: { Counted: (state) => state + 1, Summarised: (_, { count }) => count },
})

const [path = ''] = process.argv.slice(2)
const store = await openSqlite(path)
const counters = repository(Counter, store)

process.on('disconnect', () => process.exit())
for (let round = 0; ; round++) {
  const stream = `counter-${round % 3}`
  const event = { type: 'Counted', data: {}, tags: ['counted'] }
  const { version } = await store.append(stream, [event, event])
  process.send?.(stream)
  const { state } = await counters.load(String(round % 3))
  await summariseStream(store, stream, { type: 'Summarised', data: { count: state } }, { expected: version })
}
