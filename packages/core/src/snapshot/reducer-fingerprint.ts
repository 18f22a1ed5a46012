import { hashOf } from './hash-of.ts'

/** What the fold of an aggregate is made of. */
export interface Reducer {
  readonly initialState: unknown
  readonly evolve: Readonly<Record<string, unknown>>
}

/**
 * Changes with the text of every `evolve` function and upcaster, and with the initial state. A build that writes the same functions
 * in another way changes it too, which costs a fold and no more. It does not see what the functions call.
 */
export function reducerFingerprint({ initialState, evolve }: Reducer, upcasters: string = ''): string {
  const functions = Object.keys(evolve)
    .sort()
    .map((type) => [type, String(evolve[type])])
  return hashOf(JSON.stringify([textOf(initialState), functions, upcasters]))
}

function textOf(initialState: unknown): string {
  if (typeof initialState === 'function') return String(initialState)
  try {
    return JSON.stringify(initialState) ?? ''
  } catch {
    // Not JSON, and so of no snapshot without a codec of the user's. What it is made of shows in its version then.
    return ''
  }
}
