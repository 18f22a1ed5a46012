import assert from 'node:assert/strict'
import { type EventfoldError, isEventfoldError } from '@eventfold/core'

/** Asserts that a call rejects with an error of Eventfold that has this code, and these fields. */
export async function rejectsWith(
  call: Promise<unknown>,
  code: string,
  fields: Readonly<Record<string, unknown>> = {},
  message = '',
): Promise<EventfoldError> {
  const error: unknown = await call.then(
    () => assert.fail(`${message} resolved, but should reject with ${code}`),
    (reason: unknown) => reason,
  )
  return checkError(error, code, fields, message)
}

export function checkError(
  error: unknown,
  code: string,
  fields: Readonly<Record<string, unknown>> = {},
  message = '',
): EventfoldError {
  if (!isEventfoldError(error)) {
    throw new assert.AssertionError({
      message: `${message} rejected with ${error}, not with ${code}`,
      actual: error,
    })
  }
  const found = Object.fromEntries(Object.keys(fields).map((field) => [field, Reflect.get(error, field)]))
  assert.deepEqual({ code: error.code, ...found }, { code, ...fields }, `${message} ${error.message}`)
  return error
}
