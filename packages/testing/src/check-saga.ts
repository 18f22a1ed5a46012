import {
  type CommandOf,
  type CommandSender,
  type CommandTarget,
  type EventSource,
  type EventStore,
  jsonCodec,
  type RecordedEvent,
  type SagaDefinition,
  saga,
} from '@eventfold/core'
import type { CheckResult } from './check-projection.ts'
import { checkSchedules } from './checks/check-schedules.ts'
import { probedHandlers } from './checks/probed-handlers.ts'
import type { OpenStorage } from './checks/run-schedule.ts'
import type { World } from './checks/subject.ts'
import { type AnyGivenEvent, type GivenEvent, recordGiven } from './given-event.ts'

export interface SagaCheckOptions<Source extends EventSource, Target extends CommandTarget> {
  /** Opens a store on a new, empty storage: `openMemory` is the fastest. It is closed by the check. */
  readonly open: OpenStorage
  /** What has happened. One or two instances are enough. */
  readonly events: readonly GivenEvent<Source>[]
  /** What carries the commands out, on the store of one process. Every call is a place to crash or to stand still. */
  readonly bus: (store: EventStore) => CommandSender<CommandOf<Target>>
  /** Brings about what the commands need, on a new storage, such as accounts with money in them. */
  readonly prepare?: (store: EventStore) => Promise<unknown>
  /** What there is in the end: a value to compare. */
  readonly observe: (store: EventStore) => unknown
  /** Runs this one only: copied from the message of a failed check. */
  readonly schedule?: string
  /** How long one run may take, in milliseconds. Default 5,000. */
  readonly patience?: number
}

/**
 * Checks that a saga comes to the same end, whatever happens to it: runs it in batches and partitions of several sizes,
 * with a crash before and after every call of the store, of the bus and of a handler, and with a process that stands
 * still there until another has taken over. Timers that are due later do not fire meanwhile.
 *
 * The number of runs grows with that of events and commands: some hundreds for one instance with two commands.
 *
 * @throws AssertionError that tells what breaks it, with the schedule to run it again
 * @example
 * await checkSaga(MoneyTransfer, {
 *   open: openMemory,
 *   prepare: (store) => repository(Account, store).execute('ada', 'deposit', { cents: 500 }),
 *   events: [{ key: '7', type: 'TransferRequested', data: { from: 'ada', to: 'bob', cents: 200 } }],
 *   bus: (store) => commandBus(store, { aggregates: [repository(Account, store)] }),
 *   observe: async (store) => (await repository(Account, store).load('bob')).state,
 * })
 */
export async function checkSaga<
  Event extends RecordedEvent,
  State,
  Target extends CommandTarget,
  TimerName extends string,
  Source extends EventSource,
>(
  definition: SagaDefinition<Event, State, Target, TimerName, Source>,
  options: SagaCheckOptions<Source, Target>,
): Promise<CheckResult> {
  const { open, bus, prepare, observe, schedule, patience = 5_000 } = options
  const { name, of } = definition
  const events = await recordGiven(of, options.events as readonly AnyGivenEvent[], jsonCodec)
  const createWorld = (storage: EventStore): World => ({
    createInstance: (store, probe, instanceOptions) => {
      const { send } = bus(store)
      const instance = saga({ ...definition, on: probedHandlers(definition.on, 1, probe) }, store, {
        ...instanceOptions,
        from: 'beginning',
        onFailure: 'stop',
        bus: {
          send: (command, sendOptions) =>
            probe.call('bus.send', { hasEffect: true, mayPause: true }, () => send(command, sendOptions)),
        },
      })
      return {
        start: () => instance.start(),
        stop: () => instance.stop(),
        async waitFor(position, waitOptions) {
          await instance.inputs.waitFor(position, waitOptions)
          await instance.commands.waitFor(position, waitOptions)
        },
      }
    },
    observe: () => observe(storage),
  })
  const openPrepared = async () => {
    const store = await open()
    await prepare?.(store)
    return store
  }
  const schedules = await checkSchedules(
    { name, events, createWorld },
    {
      open: openPrepared,
      patience,
      schedule,
      mayRepeat: false,
      mayPauseHandlers: false,
      mayPartition: true,
      advice,
    },
  )
  return { schedules }
}

const advice = [
  'A command may be sent again: let a command bus carry it out, or heed its idempotencyKey.',
  'A handler of a service may run again after a crash: pass its idempotencyKey on.',
]
