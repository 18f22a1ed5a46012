import { openMemory } from '@eventfold/memory'
import type { Contender } from '../contender.ts'
import { EventfoldStore } from './eventfold-store.ts'

export const eventfoldMemory: Contender = {
  name: 'Eventfold',
  open: async () => new EventfoldStore(openMemory(), async () => ({})),
}
