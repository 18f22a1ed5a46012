import { expect, test } from 'vitest'
import { newEventId } from '../src/event-id.ts'

test('hand-written ids are UUIDs of version 7 that grow', () => {
  const ids = Array.from({ length: 10_000 }, () => newEventId())
  for (const id of ids) expect(id.toString('hex')).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  expect(ids.map((id) => id.toString('hex'))).toEqual(ids.map((id) => id.toString('hex')).sort())
})
