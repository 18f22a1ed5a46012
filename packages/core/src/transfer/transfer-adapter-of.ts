import { UnsupportedError } from '../errors.ts'
import type { EventStore } from '../store/event-store.ts'
import type { TransferAdapter } from '../store/transfer-adapter.ts'

/** @throws UnsupportedError */
export function transferAdapterOf<Transaction>({ adapter }: EventStore<Transaction>): TransferAdapter {
  if (adapter.transfer !== undefined) return adapter.transfer
  throw new UnsupportedError(
    `A ${adapter.name} store cannot be moved. Those of openMemory, openSqlite and openPostgres can.`,
  )
}
