import { appendFile } from 'node:fs/promises'
import {
  Consumer,
  type ConsumerOptions,
  type DocumentReadModel,
  type EventStore,
  readModel,
} from '@eventfold/core'
import { type Chain, chainProjection, Poison } from './chain.ts'

export interface ChaosReaders {
  readonly model: DocumentReadModel<Chain, Record<never, never>>
  readonly reactor: Consumer
}

/** What is tested: a read model that is exactly once, and a reactor that is at least once. */
export function chaosReaders(
  store: EventStore,
  reactions: string,
  options: Omit<ConsumerOptions, 'filter' | 'from'> & { readonly isHealed?: boolean },
): ChaosReaders {
  const { isHealed = false, instance = 'parent' } = options
  const settings: ConsumerOptions = {
    onFailure: 'park',
    retry: { attempts: 2, firstPause: 20 },
    pollInterval: 200,
    ...options,
  }
  const model = readModel(chainProjection(isHealed), store, {
    mode: 'async',
    followInterval: 200,
    ...settings,
  })
  const reactor = new Consumer(
    store,
    'chaos-reactor',
    {
      handle: async ({ event: { stream, version, type, position } }) => {
        // Some are caught in the middle.
        if (position % 7 === 0) await new Promise((resolve) => setTimeout(resolve, position % 3))
        if (type === 'Poisoned' && !isHealed) throw new Poison('as planned')
        await appendFile(reactions, `${stream} ${version} ${instance}\n`)
      },
    },
    settings,
  )
  return { model, reactor }
}
