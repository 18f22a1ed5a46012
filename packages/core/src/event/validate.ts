import { type InvalidInputCode, InvalidInputError } from '../errors.ts'
import type { SchemaIssue, StandardSchema } from './standard-schema.ts'

/**
 * What the schema makes of the value. A promise only where the schema is asynchronous.
 *
 * @param what names the value in the error
 * @throws InvalidInputError with `code`, and the issues of the schema
 */
export function validate(
  schema: StandardSchema,
  value: unknown,
  code: InvalidInputCode,
  what: string,
): unknown {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then(accept) : accept(result)

  function accept(checked: Awaited<typeof result>): unknown {
    if (checked.issues === undefined) return checked.value
    const list = checked.issues.map(({ message, path }) => `${toPointer(path)}: ${message}`).join('; ')
    const [first] = checked.issues
    throw new InvalidInputError(code, `The ${what} is not valid: ${list}`, {
      pointer: toPointer(first?.path),
      issues: checked.issues,
    })
  }
}

function toPointer(path: SchemaIssue['path']): string {
  const parts = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
