import { ConcurrencyError, DomainError, InvalidInputError, isRefusal } from '@eventfold/core'
import { expect, test } from 'vitest'

class TooPoor extends DomainError {
  constructor() {
    super('too-poor')
  }
}

test('a business rule and an input that cannot be are a final no', () => {
  expect(isRefusal(new DomainError('no'))).toBe(true)
  expect(isRefusal(new TooPoor())).toBe(true)
  expect(isRefusal(new InvalidInputError('invalid-command', 'no such command'))).toBe(true)
})

test('so they are from another copy of the package, also as a class of the user', async () => {
  const copy = (await import('../src/errors.ts?copy' as string)) as typeof import('@eventfold/core')
  class TooRich extends copy.DomainError {}
  expect(new TooRich('no')).not.toBeInstanceOf(DomainError)
  expect([isRefusal(new copy.DomainError('no')), isRefusal(new TooRich('no'))]).toEqual([true, true])
})

test.for([
  new ConcurrencyError('account-1', 1, 2),
  new InvalidInputError('invalid-event', 'a fault of the program, which may be mended'),
  new Error('no line'),
  Object.assign(new Error('looks like one'), { name: 'DomainError', code: 'no' }),
  'no',
  undefined,
])('%s may pass', (error) => {
  expect(isRefusal(error)).toBe(false)
})
