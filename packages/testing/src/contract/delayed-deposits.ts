import { type CommandQueue, commandQueue, type EventStore } from '@eventfold/core'
import { calm } from './consumer-settings.ts'
import { TestBank } from './transfers.ts'

/** A bank, and a queue of commands to it. */
export interface QueuedBank {
  readonly bank: TestBank
  readonly queue: CommandQueue
}

/** @param now what time it is for the timers of the queue */
export function queueOf(
  store: EventStore,
  now: () => Promise<number>,
  options: Partial<Parameters<typeof commandQueue>[2]> = {},
): QueuedBank {
  const bank = new TestBank(store)
  const queue = commandQueue('later', store, {
    ...calm,
    pollInterval: 5,
    now,
    bus: bank.bus as never,
    ...options,
  })
  return { bank, queue }
}

/** A command, for account `ada` where nothing else is said. */
export function deposit(
  cents: number,
  to = 'ada',
): { readonly command: 'account.deposit'; readonly to: string; readonly input: { readonly cents: number } } {
  return { command: 'account.deposit', to, input: { cents } }
}
