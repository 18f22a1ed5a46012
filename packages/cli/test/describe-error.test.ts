import { ConcurrencyError, DomainError, StoreSetupError, VersionNotFoundError } from '@eventfold/core'
import { expect, test } from 'vitest'
import { ConfigError } from '../src/config-error.ts'
import { debugText, describeError } from '../src/describe-error.ts'

test.each([
  [new VersionNotFoundError('account-1', 4, 3), 2, 'version-not-found'],
  [new StoreSetupError('schema-outdated', 'Schema 1 of 2.'), 3, 'schema-outdated'],
  [new ConcurrencyError('account-1', 4, 3), 3, 'concurrency'],
  [new ConfigError('It is broken.'), 3, 'config'],
])('%s has an exit code, a code and its message', (error, exitCode, code) => {
  expect(describeError(error)).toMatchObject({ exitCode, code, message: error.message })
})

test.each([[new Error('of Ada')], [new DomainError('too-poor', 'Ada has 3')], ['Ada']])(
  'what is thrown by a program is told without its message: %s',
  (error) => {
    const described = describeError(error)
    expect(described).toMatchObject({ exitCode: 3, code: 'unexpected' })
    expect(JSON.stringify(described)).not.toContain('Ada')
  },
)

test('every error of the library says what to do next', () => {
  expect(describeError(new StoreSetupError('schema-missing', '')).next).toContain('eventfold migrate')
  expect(describeError(new ConcurrencyError('account-1', 4, 3)).next).toMatch(/errors\.md#concurrency$/)
})

test('the causes are told to who debugs, without passwords', () => {
  const cause = new Error('at postgres://me:s3cret@host/bank')
  const text = debugText(new ConfigError('It is broken.', { cause }))
  expect(text).toMatch(
    /^ConfigError: It is broken\.\n +at [\s\S]*\ncaused by Error: at postgres:\/\/me:\*\*\*@host/,
  )
})
