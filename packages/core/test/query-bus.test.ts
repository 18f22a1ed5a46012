import { query, queryBus } from '@eventfold/core'
import { expect, test } from 'vitest'
import { z } from 'zod'

function fixture() {
  const log: string[] = []
  const orders = {
    waitFor: async (position: number, options: object = {}) => {
      log.push(`wait ${position} ${JSON.stringify(options)}`)
    },
  }
  const queries = queryBus({
    orderById: query({
      input: z.object({ id: z.string().trim() }),
      of: [orders],
      handle: async ({ id }) => {
        log.push(`ask ${id}`)
        return id === '' ? undefined : { id }
      },
    }),
    count: query({ input: z.void(), handle: () => 3 }),
  })
  return { log, queries }
}

test('a query is answered, with the input as its schema returns it', async () => {
  const { log, queries } = fixture()
  expect(await queries.ask('orderById', { id: ' 7 ' })).toEqual({ id: '7' })
  expect(await queries.ask('count', undefined)).toBe(3)
  expect(log).toEqual(['ask 7'])
})

test('a query waits for its read models to reach a position', async () => {
  const { log, queries } = fixture()
  await queries.ask('orderById', { id: '7' }, { after: 5, timeout: 100 })
  expect(log).toEqual(['wait 5 {"timeout":100}', 'ask 7'])
})

test('what nobody answers, and what is not valid, is refused before anything is asked', async () => {
  const { log, queries } = fixture()
  await expect(queries.ask('nothing' as never, {} as never)).rejects.toMatchObject({ code: 'invalid-query' })
  await expect(queries.ask('orderById', { id: 7 } as never, { after: 5 })).rejects.toMatchObject({
    code: 'invalid-query',
    pointer: '/id',
  })
  expect(log).toEqual([])
})
