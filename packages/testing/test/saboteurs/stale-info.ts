import type { StreamInfo } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Remembers what it once knew of a stream. */
export class StaleInfo extends DelegatingAdapter {
  readonly #known = new Map<string, StreamInfo>()

  override async streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    const known = this.#known.get(stream)
    if (known !== undefined) return known
    const info = await this.inner.streamInfo(stream, transaction)
    if (info !== undefined) this.#known.set(stream, info)
    return info
  }
}
