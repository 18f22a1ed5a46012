import type { Invocation } from '../invocation.ts'
import type { CommandGroup } from '../store-options.ts'
import { registerCheck } from './schemas/check.ts'
import { registerWrite } from './schemas/write.ts'

/** `schemas`: whether stored events survive the definitions of the config. */
export function registerSchemas(program: CommandGroup, invocation: Invocation): void {
  const group = program.command('schemas').description('check and write the lock file of event schemas')
  registerCheck(group, invocation)
  registerWrite(group, invocation)
}
