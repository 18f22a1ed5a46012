import { UnsupportedError } from '../errors.ts'
import type { EventStore } from '../store/event-store.ts'
import type { TransferAdapter } from '../store/transfer-adapter.ts'

/** @throws UnsupportedError */
export function transferAdapterOf<Transaction>({ storage }: EventStore<Transaction>): TransferAdapter {
  if (storage.transfer !== undefined) return storage.transfer
  throw new UnsupportedError(
    `A ${storage.name} store cannot be moved. Those of openMemory, openSqlite and openPostgres can.`,
  )
}
