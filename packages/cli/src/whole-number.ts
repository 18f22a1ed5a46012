import { InvalidArgumentError } from '@commander-js/extra-typings'

/** Reads an option that is a whole number from `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`)
  }
}
