import { expect, test } from 'vitest'
import { deposits, eventBytes } from '../src/deposit.ts'

test('every event has the size that the report names', () => {
  for (const { data } of deposits(0, 1000)) expect(Buffer.byteLength(JSON.stringify(data))).toBe(eventBytes)
})
