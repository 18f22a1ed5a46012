import type { RecordedEvent } from '@eventfold/core'
import type { Probe } from './probe.ts'

type Handler = (...values: readonly unknown[]) => unknown

/**
 * Handlers by event type whose calls go through the probe.
 *
 * @param place which of their parameters is the event
 */
export function probedHandlers<Handlers extends object>(on: Handlers, place: number, probe: Probe): Handlers {
  const handlers = Object.entries(on as Readonly<Record<string, Handler | undefined>>).map(
    ([type, handler]) => {
      if (handler === undefined) return [type, handler]
      const probed: Handler = (...values) => {
        return probe.deliver(values[place] as RecordedEvent, () => Reflect.apply(handler, on, values))
      }
      return [type, probed]
    },
  )
  return Object.fromEntries(handlers) as Handlers
}
