import { SharedAdapter } from './shared-adapter.ts'

/** Appends wake all instances; a wake-up that is asked for stays in its own. */
export class LocalWakeUp extends SharedAdapter {
  readonly #own = new Set<() => void>()

  override wakeUp(): void {
    for (const listener of this.#own) queueMicrotask(listener)
  }

  override async onAppend(listener: () => void): Promise<() => Promise<void>> {
    const stop = await super.onAppend(listener)
    const entry = () => listener()
    this.#own.add(entry)
    return async () => {
      this.#own.delete(entry)
      await stop()
    }
  }
}
