import type { FailureInfo } from '@eventfold/core'

/** A stored failure as JSON shows it: its stack is of no use to a script. */
export function withoutStack(failure: FailureInfo | undefined): Omit<FailureInfo, 'stack'> | undefined {
  if (failure === undefined) return undefined
  const { stack: _, ...rest } = failure
  return rest
}
