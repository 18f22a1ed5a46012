import {
  type EventSource,
  type EventStore,
  jsonCodec,
  type ReactorDefinition,
  type RecordedEvent,
  react,
} from '@eventfold/core'
import type { CheckResult } from './check-projection.ts'
import { checkSchedules } from './checks/check-schedules.ts'
import { probedHandlers } from './checks/probed-handlers.ts'
import { probedServices } from './checks/probed-services.ts'
import type { OpenStorage } from './checks/run-schedule.ts'
import type { World } from './checks/subject.ts'
import { type AnyGivenEvent, type GivenEvent, recordGiven } from './given-event.ts'

export interface ReactorCheckOptions<Source extends EventSource, Fakes> {
  /** Opens a store on a new, empty storage: `openMemory` is the fastest. It is closed by the check. */
  readonly open: OpenStorage
  /** What has happened. A few events of each kind, in two or three streams, are enough. */
  readonly events: readonly GivenEvent<Source>[]
  /**
   * The outside world as fakes, new for each run. Every call of a function in it is a place to crash, to stand still or
   * to fail; what a handler does elsewhere is not.
   */
  readonly services: (store: EventStore) => Fakes
  /**
   * What the outside looks like in the end: a value to compare, without what may differ, such as the order of effects
   * of different streams.
   */
  readonly observe: (services: Fakes, store: EventStore) => unknown
  /** Runs this one only: copied from the message of a failed check. */
  readonly schedule?: string
  /** How long one run may take, in milliseconds. Default 5,000. */
  readonly patience?: number
}

/**
 * Checks that the effects of a reactor are the same, whatever happens to it: runs it in batches and partitions of
 * several sizes, with a crash before and after every call of the store, of a service and of a handler, with an instance
 * that stands still there until another has taken over, with services that fail before or after their effect, and with
 * all events delivered twice.
 *
 * @throws AssertionError that tells what breaks it, with the schedule to run it again
 * @example
 * await checkReactor(Welcome, {
 *   open: openMemory,
 *   events: [{ key: '42', type: 'AccountOpened', data: { owner: 'Ada' } }],
 *   services: () => ({ mail: fakeMail() }),
 *   observe: ({ mail }) => mail.delivered.toSorted(),
 * })
 */
export async function checkReactor<
  Event extends RecordedEvent,
  Services,
  Source extends EventSource,
  Fakes extends Services,
>(
  reactor: ReactorDefinition<Event, Services, Source>,
  options: ReactorCheckOptions<Source, Fakes>,
): Promise<CheckResult> {
  const { open, schedule, patience = 5_000, observe } = options
  const { name, of } = reactor
  const events = await recordGiven(of, options.events as readonly AnyGivenEvent[], jsonCodec)
  const createWorld = (storage: EventStore): World => {
    const services = options.services(storage)
    return {
      createInstance: (store, probe, instanceOptions) => {
        // What `react` asks of options depends on the type of the services, which is not known here.
        const probed: ReactorDefinition<Event> = {
          ...reactor,
          on: probedHandlers(reactor.on, 0, probe) as never,
          services: undefined,
        }
        return react(probed, store, { ...instanceOptions, services: probedServices(services, probe) })
      },
      observe: () => observe(services, storage),
    }
  }
  const schedules = await checkSchedules(
    { name, events, createWorld },
    { open, patience, schedule, mayRepeat: true, mayPauseHandlers: true, mayPartition: true, advice },
  )
  return { schedules }
}

const advice = [
  'An event may be delivered again: hand its idempotencyKey to the service, or store it with the effect.',
  'Let errors through: what has not succeeded is tried again.',
]
