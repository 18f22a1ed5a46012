import { isEventfoldError, refusal } from '../errors.ts'

/**
 * Whether an error is a final no: a business rule, or an input that cannot be. Then the command has had no effect, and
 * repeating it as it is would be in vain. Works across copies of this package.
 */
export function isRefusal(error: unknown): boolean {
  return isEventfoldError(error) && (refusal in error || error.code === 'invalid-command')
}
