import { type FSWatcher, watch } from 'node:fs'

/** Asks the operating system to tell of the next write to a file. It may fail to, so nothing may depend on it. */
export class WriteHint {
  readonly #file: string
  #watcher: FSWatcher | undefined

  constructor(file: string) {
    this.#file = file
  }

  get isArmed(): boolean {
    return this.#watcher !== undefined
  }

  /**
   * @param written called once, unless it is disarmed before
   * @returns whether it could be asked for
   */
  arm(written: () => void): boolean {
    this.disarm()
    try {
      const watcher = watch(this.#file, { persistent: false })
      const tell = () => {
        if (this.#watcher !== watcher) return
        this.disarm()
        written()
      }
      watcher.once('change', tell)
      watcher.once('error', tell)
      this.#watcher = watcher
      return true
    } catch {
      return false
    }
  }

  disarm(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
