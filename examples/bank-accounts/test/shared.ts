import { beforeAll } from 'vitest'

/** Has something done at the end, in the reverse of the order in which it was asked for, as `onTestFinished` does. */
export type AtEnd = (end: () => Promise<void> | void) => void

/** What the tests of a `describe` look at together: opened before the first of them, and closed after the last. */
export function shared<Value>(open: (atEnd: AtEnd) => Promise<Value>): () => Value {
  let opened: { readonly value: Value }
  beforeAll(async () => {
    const ends: (() => Promise<void> | void)[] = []
    opened = { value: await open((end) => ends.unshift(end)) }
    return async () => {
      for (const end of ends) await end()
    }
  })
  return () => opened.value
}
