import { type DocumentProjection, type EventStore, type RecordedEvent, readModel } from '@eventfold/core'
import { DocumentFold } from '@eventfold/core/adapter'
import { type AnyGivenEvent, recordGiven } from '../given-event.ts'
import { checkPurity } from './check-purity.ts'
import { checkSchedules } from './check-schedules.ts'
import { probedHandlers } from './probed-handlers.ts'
import type { OpenStorage } from './run-schedule.ts'
import type { World } from './subject.ts'

export type AnyDocuments = DocumentProjection<RecordedEvent, unknown, unknown>

export interface DocumentCheckSettings {
  readonly open: OpenStorage
  readonly events: readonly AnyGivenEvent[]
  readonly patience: number
  readonly schedule: string | undefined
}

/** @throws CheckFailure */
export async function checkDocuments(
  definition: AnyDocuments,
  { open, events: given, ...settings }: DocumentCheckSettings,
): Promise<number> {
  const store = await open()
  const { codec } = store
  await store.close()
  const events = await recordGiven(definition.of, given, codec)
  const expected = checkPurity(new DocumentFold(definition), events, codec)
  const createWorld = (storage: EventStore): World => ({
    createInstance: (each, probe, options) => {
      const probed = { ...definition, on: probedHandlers(definition.on, 1, probe) }
      return readModel(probed, each, { mode: 'async', ...options })
    },
    observe: async () => {
      const { documents } = await readModel(definition, storage, { mode: 'async' }).list({ limit: 10_000 })
      return byKey(documents.map(({ key, document }) => [key, document]))
    },
  })
  return checkSchedules(
    { name: definition.name, events, createWorld },
    {
      open,
      ...settings,
      mayRepeat: false,
      mayPauseHandlers: true,
      mayPartition: true,
      advice: ['Keep everything in the document: what a program remembers is lost, or counted twice.'],
    },
    byKey([...expected]),
  )
}

function byKey(documents: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(documents.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
