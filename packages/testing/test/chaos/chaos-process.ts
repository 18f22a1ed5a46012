import type { ChildProcess } from 'node:child_process'
import type { ChaosLedger } from './chaos-ledger.ts'
import type { ChaosMessage, ChaosParameters } from './chaos-parameters.ts'

/** How long a process has for its start, and for its end after it was asked, in milliseconds. */
const patience = 40_000

/** A process of a chaos run, as its parent sees it. */
export class ChaosProcess {
  readonly name: string
  readonly #child: ChildProcess
  readonly #ledger: ChaosLedger
  readonly #ready: Promise<boolean>
  readonly #gone: Promise<void>
  readonly #kill = (): void => void this.#child.kill('SIGKILL')
  #isExpectedToEnd = false

  constructor(child: ChildProcess, { name }: ChaosParameters, ledger: ChaosLedger) {
    this.name = name
    this.#child = child
    this.#ledger = ledger
    // One that is frozen would stay for ever.
    process.once('exit', this.#kill)
    const ready = Promise.withResolvers<boolean>()
    child.on('message', (message: ChaosMessage) => {
      ledger.note(message)
      if (message.kind === 'ready') ready.resolve(true)
    })
    this.#ready = ready.promise
    this.#gone = new Promise((resolve) => {
      // All that it told has arrived by then.
      child.once('close', (code, signal) => {
        process.off('exit', this.#kill)
        ready.resolve(false)
        if (!this.#isExpectedToEnd || (code !== 0 && signal !== 'SIGKILL')) {
          ledger.violation(`${name} ended by itself: ${code ?? signal}`)
        }
        resolve()
      })
    })
  }

  /** False if it ends before. */
  async ready(): Promise<boolean> {
    return this.#within(this.#ready, 'does not start')
  }

  async kill(): Promise<void> {
    this.#isExpectedToEnd = true
    this.#kill()
    await this.#gone
  }

  /** It must end by itself then, and leave nothing. */
  async stop(): Promise<void> {
    this.#isExpectedToEnd = true
    if (this.#child.connected) this.#child.send('stop', () => {})
    await this.#within(this.#gone, 'does not end')
  }

  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async #within<Result>(work: Promise<Result>, complaint: string): Promise<Result> {
    const timer = setTimeout(() => {
      this.#ledger.violation(`${this.name} ${complaint} within ${patience} ms`)
      this.#isExpectedToEnd = true
      this.#kill()
    }, patience)
    try {
      return await work
    } finally {
      clearTimeout(timer)
    }
  }
}
