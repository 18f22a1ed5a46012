import {
  ConcurrencyError,
  DomainError,
  InvalidInputError,
  isEventfoldError,
  StoreFailureError,
} from '@eventfold/core'
import { expect, test } from 'vitest'

test('the guard tells codes apart', () => {
  const error: unknown = new ConcurrencyError('account-42', 3, 5)
  expect(isEventfoldError(error)).toBe(true)
  expect(isEventfoldError(error, 'concurrency') && error.actual).toBe(5)
  expect(isEventfoldError(error, 'store-closed')).toBe(false)
  expect(isEventfoldError(new DomainError('sold-out'), 'sold-out')).toBe(true)
  expect(isEventfoldError(new Error('other'))).toBe(false)
  expect(isEventfoldError(undefined)).toBe(false)
})

test('the guard knows the errors of another copy of the package', async () => {
  const copy = (await import('../src/errors.ts?copy' as string)) as typeof import('@eventfold/core')
  const error = new copy.ConcurrencyError('account-42', 3, 5)
  expect(error).not.toBeInstanceOf(ConcurrencyError)
  expect(isEventfoldError(error, 'concurrency')).toBe(true)
})

test('messages say what was wrong and what to do next', () => {
  expect(new ConcurrencyError('account-42', 3, 5).message).toBe(
    'Stream account-42 was expected to be at version 3, but it is at version 5. Load it and decide again.',
  )
  expect(new ConcurrencyError('account-42', 'stream-exists', 0).message).toContain(
    "'stream-exists', but it does not exist",
  )
  expect(new StoreFailureError('database "bank" does not exist').message).toBe(
    'The store refused the call (database "bank" does not exist). Mend that before you repeat it.',
  )
})

test('a cause is there only where one was given', () => {
  expect('cause' in new InvalidInputError('invalid-option', 'no')).toBe(false)
  expect(new DomainError('sold-out', 'none left', { cause: 1 }).cause).toBe(1)
})
