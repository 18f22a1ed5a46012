import { commandGroup } from '../command-group.ts'
import type { Invocation } from '../invocation.ts'
import type { CommandGroup } from '../store-options.ts'
import { registerDiscard } from './parked/discard.ts'
import { registerList } from './parked/list.ts'
import { registerRetry } from './parked/retry.ts'

/** `parked`: events that consumers hold back. */
export function registerParked(program: CommandGroup, invocation: Invocation): void {
  const group = commandGroup(program, 'parked', 'list, retry and discard events that are held back')
  registerList(group, invocation)
  registerRetry(group, invocation)
  registerDiscard(group, invocation)
}
