import { DelegatingAdapter } from './delegating-adapter.ts'

export class NoWakeUp extends DelegatingAdapter {
  override async onAppend(): Promise<() => Promise<void>> {
    await this.inner.head()
    return async () => {}
  }
}
