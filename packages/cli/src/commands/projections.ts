import { commandGroup } from '../command-group.ts'
import type { Invocation } from '../invocation.ts'
import type { CommandGroup } from '../store-options.ts'
import { registerCheck } from './projections/check.ts'
import { registerList } from './projections/list.ts'
import { registerRebuild } from './projections/rebuild.ts'

/** `projections`: read models of the config. */
export function registerProjections(program: CommandGroup, invocation: Invocation): void {
  const group = commandGroup(program, 'projections', 'status, rebuild and check of read models')
  registerList(group, invocation)
  registerRebuild(group, invocation)
  registerCheck(group, invocation)
}
