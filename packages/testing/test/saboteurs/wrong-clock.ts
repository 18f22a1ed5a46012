import type { StoreAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'
import { SharedAdapter } from './shared-adapter.ts'

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

/** Every other instance goes by a clock of its own, so many hours ahead. */
export function withClientClocks(hours: number): (inner: StoreAdapter) => StoreAdapter {
  let instances = 0
  return (inner) => {
    const ahead = (instances++ % 2) * hours * 3_600_000
    return new WrongClock(new SharedAdapter(inner), (now) => now + ahead)
  }
}
