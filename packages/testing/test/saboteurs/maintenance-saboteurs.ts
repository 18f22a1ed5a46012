import { BegunAnew } from './begun-anew.ts'
import { ClosedToSome } from './closed-to-some.ts'
import { ForgottenBeginning } from './forgotten-beginning.ts'
import { NumberedAnew } from './numbered-anew.ts'
import type { Saboteur } from './saboteur.ts'
import { type MaintenanceSpoiler, SpoiledMaintenance } from './spoiled-maintenance.ts'
import { UnsteadyLog } from './unsteady-log.ts'

const spoiling = (name: string, topic: string, spoil: MaintenanceSpoiler): Saboteur => ({
  name,
  topic,
  spoil: (inner) => new SpoiledMaintenance(inner, spoil),
})

const nothing = async () => {}

/** Stores that close streams and remove events in another way than they promise. */
export const maintenanceSaboteurs: readonly Saboteur[] = [
  spoiling('a close that closes nothing', 'closed streams', () => ({ setClosed: nothing })),
  spoiling('streams that stay closed', 'closed streams', (healthy) => ({
    setClosed: (stream, _, transaction) => healthy.setClosed(stream, true, transaction),
  })),
  { name: 'a close for some', topic: 'closed streams', spoil: (inner) => new ClosedToSome(inner) },
  spoiling('a removal that removes nothing', 'removal', () => ({ removeBefore: nothing })),
  spoiling('a removal of one event more', 'removal', (healthy) => ({
    removeBefore: (stream, before, transaction) => healthy.removeBefore(stream, before + 1, transaction),
  })),
  spoiling('a removal of one event less', 'removal', (healthy) => ({
    removeBefore: (stream, before, transaction) => healthy.removeBefore(stream, before - 1, transaction),
  })),
  spoiling('a removal from another stream', 'removal', (healthy) => ({
    removeBefore: async (stream, before, transaction) => {
      await healthy.removeBefore(stream, before, transaction)
      await healthy.removeBefore('meter-2', 2, transaction)
    },
  })),
  { name: 'truncated streams begun anew', topic: 'removal', spoil: (inner) => new BegunAnew(inner) },
  { name: 'versions counted anew', topic: 'removal', spoil: (inner) => new NumberedAnew(inner) },
  { name: 'a first time of what is left', topic: 'removal', spoil: (inner) => new ForgottenBeginning(inner) },
  spoiling('marks that are not put', 'removal', () => ({ putMarks: nothing })),
  spoiling('marks of closed streams only', 'removal', (healthy) => ({
    listMarks: async (after, limit) => (await healthy.listMarks(after, limit)).filter(({ closed }) => closed),
  })),
  spoiling('removals that nobody remembers', 'removal and consumers', () => ({
    isRemoved: async () => false,
  })),
  { name: 'a log that is told anew each time', topic: 'notary', spoil: (inner) => new UnsteadyLog(inner) },
]
