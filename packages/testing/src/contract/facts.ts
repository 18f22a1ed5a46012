import type { NewEvent } from '@eventfold/core'

/** An event that says nothing but a number. */
export function deposited(cents: number, rest: Partial<NewEvent> = {}): NewEvent {
  return { type: 'MoneyDeposited', data: { cents }, ...rest }
}

/** Events with the numbers from `first` to `last`. */
export function deposits(first: number, last: number): NewEvent[] {
  return range(first, last).map((cents) => deposited(cents))
}

/** first, first + 1, … last */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
