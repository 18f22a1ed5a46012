import { DomainError, isEventfoldError } from '../errors.ts'

/**
 * Whether an error is a final no: a business rule, or an input that cannot be. Then the command has had no effect, and
 * repeating it as it is would be in vain.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof DomainError) return true
  return isEventfoldError(error) && (error.name === 'DomainError' || error.code === 'invalid-command')
}
