import type { AppendListener } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Of the writes that have become readable, wake-ups name the first only. */
export class HalfToldWakeUps extends DelegatingAdapter {
  override onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    return this.inner.onAppend((writes) => listener(writes?.slice(0, 1)))
  }
}
