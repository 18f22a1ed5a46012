import type { AppendListener } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Of all that is new, wake-ups tell the last event as if it were everything. */
export class GappyStretches extends DelegatingAdapter {
  override onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    let after = 0
    return this.inner.onAppend(async (writes) => {
      const { events } = await this.inner.readLog({
        after,
        before: Number.MAX_SAFE_INTEGER,
        backwards: true,
        limit: 1,
        filter: {},
      })
      const [last] = events
      if (writes === undefined || last === undefined) return listener(writes)
      listener(writes, { after, events })
      after = last.position
    })
  }
}
