import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
// Code that waits for its next turn would seem unused to the collections meanwhile, and V8 would throw it away.
setFlagsFromString('--no-flush-bytecode')
const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void

/** All of it, before a measurement of rest. */
export function collectGarbage(): void {
  collect()
}

/**
 * So that nobody's measured time goes to the garbage of the contender before. Young objects only: a full collection
 * also throws away optimised code whose objects happen to be all dead at that moment ("embedded weak objects cleared"
 * in `--trace-deopt`). Servers live through that every now and then, and not ten times a second.
 */
export function collectYoungGarbage(): void {
  collect({ type: 'minor' })
}
