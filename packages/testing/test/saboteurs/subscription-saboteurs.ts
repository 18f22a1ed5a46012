import { HastyLiveNext, RepeatedSeam, SkippedLiveBoundary } from './live-log.ts'
import { NoWakeUp } from './no-wake-up.ts'
import type { Saboteur } from './saboteur.ts'

/** Stores on which a subscription misses or repeats events, though a single reader finds nothing wrong. */
export const subscriptionSaboteurs: readonly Saboteur[] = [
  {
    name: 'a page that skips its boundary when live',
    topic: 'subscriptions',
    spoil: (inner) => new SkippedLiveBoundary(inner),
  },
  {
    name: 'a next that runs ahead when live',
    topic: 'subscriptions',
    spoil: (inner) => new HastyLiveNext(inner),
  },
  {
    name: 'an event repeated where catching up ends',
    topic: 'subscriptions',
    spoil: (inner) => new RepeatedSeam(inner),
  },
  { name: 'no wake-up, for subscriptions', topic: 'subscriptions', spoil: (inner) => new NoWakeUp(inner) },
]
