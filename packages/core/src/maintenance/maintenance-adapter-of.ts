import { UnsupportedError } from '../errors.ts'
import type { MaintenanceAdapter } from '../store/maintenance-adapter.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'

/** @throws UnsupportedError */
export function maintenanceAdapterOf<Transaction>({
  name,
  maintenance,
}: StoreAdapter<Transaction>): MaintenanceAdapter<Transaction> {
  if (maintenance !== undefined) return maintenance
  throw new UnsupportedError(
    `A ${name} store cannot close streams or remove events. Those of openMemory, openSqlite and openPostgres can.`,
  )
}
