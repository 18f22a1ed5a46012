import type { StreamInfo } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Tells the time of the first event that is left as if it were that of the first of all. */
export class ForgottenBeginning extends DelegatingAdapter {
  override async streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    const info = await this.inner.streamInfo(stream, transaction)
    if (info === undefined || info.firstVersion === 1) return info
    return { ...info, firstRecordedAt: new Date(info.firstRecordedAt.getTime() + 1) }
  }
}
