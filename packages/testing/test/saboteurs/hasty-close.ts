import { DelegatingAdapter } from './delegating-adapter.ts'

/** Says that it is closed while calls are under way. */
export class HastyClose extends DelegatingAdapter {
  override async close(): Promise<void> {
    void this.inner.close()
  }
}
