import { commandGroup } from '../command-group.ts'
import type { Invocation } from '../invocation.ts'
import type { CommandGroup } from '../store-options.ts'
import { registerHistory } from './sagas/history.ts'
import { registerList } from './sagas/list.ts'
import { registerResolve } from './sagas/resolve.ts'
import { registerRetry } from './sagas/retry.ts'

/** `sagas`: instances of the sagas of the config. */
export function registerSagas(program: CommandGroup, invocation: Invocation): void {
  const group = commandGroup(program, 'sagas', 'list, retry and resolve processes that are stuck')
  registerList(group, invocation)
  registerHistory(group, invocation)
  registerRetry(group, invocation)
  registerResolve(group, invocation)
}
