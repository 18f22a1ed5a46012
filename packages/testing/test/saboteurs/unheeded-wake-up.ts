import { DelegatingAdapter } from './delegating-adapter.ts'

/** Wakes after appends only, not when asked for it. */
export class UnheededWakeUp extends DelegatingAdapter {
  override wakeUp(): void {}
}
