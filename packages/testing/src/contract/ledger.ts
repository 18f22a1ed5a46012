import assert from 'node:assert/strict'
import type { Delivery, EventStore, Processor } from '@eventfold/core'
import { documentsOf } from './document-collection.ts'
import { range } from './facts.ts'

const collection = 'ledger'

/**
 * A read model that shows every mistake: a document for each stream, with the versions of its events as they were
 * applied.
 */
export function ledgerOf(store: EventStore): Processor {
  const documents = documentsOf(store)
  return {
    apply: async (deliveries, transaction) => {
      const byStream = Map.groupBy(deliveries, ({ event }: Delivery) => event.stream)
      const keys = [...byStream.keys()]
      const found = await documents.read(
        keys.map((key) => ({ collection, key })),
        { transaction },
      )
      const writes = keys.map((key, index) => {
        const versions = (byStream.get(key) ?? []).map(({ event }) => event.version)
        return { collection, key, data: JSON.stringify([...parseVersions(found[index]), ...versions]) }
      })
      await documents.write(writes, transaction)
    },
  }
}

/** The versions that were applied, by stream. */
export async function readLedger(store: EventStore): Promise<Record<string, number[]>> {
  const query = { collection, where: [], backwards: false, limit: 1_000 }
  const found = await documentsOf(store).find(query)
  return Object.fromEntries(found.map(({ key, data }) => [key, parseVersions(data)]))
}

/** Asserts that every event up to these versions was applied exactly once, and in order. */
export async function checkLedger(
  store: EventStore,
  versions: Readonly<Record<string, number>>,
): Promise<void> {
  const expected = Object.entries(versions).map(([stream, version]) => [stream, range(1, version)])
  assert.deepEqual(await readLedger(store), Object.fromEntries(expected.sort()))
}

function parseVersions(text: string | undefined): number[] {
  return text === undefined ? [] : (JSON.parse(text) as number[])
}
