import { defineAggregate, repository } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'

const base = { initialState: {}, events: { A: z.object({}) }, evolve: { A: (state: object) => state } }

test('a definition that leaves out a function, or has one too many, is refused', () => {
  const lacking = [
    { ...base, evolve: {} as never },
    { ...base, evolve: { ...base.evolve, B: (state: object) => state } },
    { ...base, commands: { go: z.void() }, decide: {} as never },
    { ...base, commands: {}, decide: { go: () => [] } },
  ]
  for (const definition of lacking) {
    expect(() => defineAggregate('a', definition as typeof base)).toThrow(
      expect.objectContaining({ code: 'invalid-definition' }),
    )
  }
})

test('a category has no dash, and names are checked', () => {
  expect(() => defineAggregate('a-b', base)).toThrow(expect.objectContaining({ code: 'invalid-stream-id' }))
  expect(() => defineAggregate('', base)).toThrow(expect.objectContaining({ code: 'invalid-stream-id' }))
  const control = { ...base, events: { 'A\n': z.object({}) }, evolve: { 'A\n': (state: object) => state } }
  expect(() => defineAggregate('a', control)).toThrow(expect.objectContaining({ code: 'invalid-event-type' }))
})

test('an initial state is frozen, so that no aggregate can change the start of another', async () => {
  const List = defineAggregate('list', {
    initialState: { items: [] as string[] },
    events: { Added: z.object({ item: z.string() }) },
    evolve: {
      Added: (state, { item }) => {
        state.items.push(item)
        return state
      },
    },
  })
  const store = openMemory()
  await store.append('list-1', [{ type: 'Added', data: { item: 'a' } }])
  await expect(repository(List, store).load('1')).rejects.toThrow(TypeError)
})

test('a function makes a fresh initial state for every fold', async () => {
  const List = defineAggregate('list', {
    initialState: () => ({ items: [] as string[] }),
    events: { Added: z.object({ item: z.string() }) },
    evolve: {
      Added: (state, { item }) => {
        state.items.push(item)
        return state
      },
    },
  })
  const store = openMemory()
  await store.append('list-1', [{ type: 'Added', data: { item: 'a' } }])
  const lists = repository(List, store)
  await lists.load('1')
  expect((await lists.load('1')).state).toEqual({ items: ['a'] })
  expect((await lists.load('2')).state).toEqual({ items: [] })
})
