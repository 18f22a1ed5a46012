import type { StoreAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Tells another time than the events carry. */
export class WrongClock extends DelegatingAdapter {
  readonly #tell: (now: number) => number

  constructor(inner: StoreAdapter, tell: (now: number) => number) {
    super(inner)
    this.#tell = tell
  }

  override async now(): Promise<number> {
    return this.#tell(await super.now())
  }
}
