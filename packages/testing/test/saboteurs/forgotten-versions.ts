import type { FoldRow, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Leaves the schema version out of what it reads for a fold, as if all events were of the first. */
export class ForgottenVersions extends DelegatingAdapter {
  override async readFold(query: StreamQuery, transaction?: unknown): Promise<readonly FoldRow[]> {
    const rows = await this.inner.readFold(query, transaction)
    return rows.map(({ id, version, type, data }) => ({ id, version, type, data, schemaVersion: 1 }))
  }
}
