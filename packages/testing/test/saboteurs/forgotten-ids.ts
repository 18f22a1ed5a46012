import type { FoldRow, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Reads for folds give what events say in place of their ids, so that events that say the same look the same. */
export class ForgottenIds extends DelegatingAdapter {
  override async readFold(query: StreamQuery, transaction?: unknown): Promise<readonly FoldRow[]> {
    const rows = await this.inner.readFold(query, transaction)
    return rows.map(({ version, type, schemaVersion, data }) => ({
      id: `${type} ${data}`,
      version,
      type,
      schemaVersion,
      data,
    }))
  }
}
