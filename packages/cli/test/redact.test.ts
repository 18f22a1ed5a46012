import { expect, test } from 'vitest'
import { redact } from '../src/redact.ts'

test.each([
  ['at postgres://me:p@ss:word@host:5432/db?x=1', 'at postgres://me:***@host:5432/db?x=1'],
  ['at postgres://:secret@host/db', 'at postgres://:***@host/db'],
  ["host=x password='a b' user=y", 'host=x password=*** user=y'],
  ['?password=secret&ssl=true', '?password=***&ssl=true'],
  [
    'at postgres://me@host/db, and https://example.com/a:b',
    'at postgres://me@host/db, and https://example.com/a:b',
  ],
])('%s', (text, redacted) => {
  expect(redact(text)).toBe(redacted)
})
