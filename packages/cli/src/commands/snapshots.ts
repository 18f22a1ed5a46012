import type { Invocation } from '../invocation.ts'
import type { CommandGroup } from '../store-options.ts'
import { registerClear } from './snapshots/clear.ts'
import { registerRemoveOthers } from './snapshots/remove-others.ts'
import { registerVerify } from './snapshots/verify.ts'

/** `snapshots`: those of the aggregates of the config. */
export function registerSnapshots(program: CommandGroup, invocation: Invocation): void {
  const group = program.command('snapshots').description('verify and remove snapshots of aggregates')
  registerVerify(group, invocation)
  registerClear(group, invocation)
  registerRemoveOthers(group, invocation)
}
