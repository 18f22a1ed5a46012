import { DelegatingAdapter } from './delegating-adapter.ts'

export class NeverClosed extends DelegatingAdapter {
  override async close(): Promise<void> {}
}
