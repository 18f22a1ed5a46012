import { checkCount } from '../check-count.ts'
import { EventfoldError } from '../errors.ts'
import { Alarm } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { ConsumerFailedError, WaitTimeoutError } from './consumer-errors.ts'
import type { ConsumerRun } from './consumer-run.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { localProgress, storedProgress } from './partition-progress.ts'

export interface WaitOptions {
  /** In milliseconds. Default 5,000. */
  readonly timeout?: number
  /** Ends the wait; it rejects with the reason. */
  readonly signal?: AbortSignal
  /** Waits only for the partitions that have these keys: enough for what was appended to these streams. Default: all. */
  readonly keys?: readonly string[]
}

/** Those who wait for a consumer to reach a position. */
export class ConsumerWaiters<Transaction> {
  readonly #settings: ConsumerSettings<Transaction>
  readonly #run: () => ConsumerRun<Transaction> | undefined
  readonly #alarms = new Set<Alarm>()

  /** @param run the one in this process, at the moment */
  constructor(settings: ConsumerSettings<Transaction>, run: () => ConsumerRun<Transaction> | undefined) {
    this.#settings = settings
    this.#run = run
  }

  /** Something has moved in this process. */
  ring(): void {
    for (const alarm of this.#alarms) alarm.ring()
  }

  /** @throws WaitTimeoutError, ConsumerFailedError, and what a look at the store throws that does not pass by itself */
  async wait(position: number, options: WaitOptions): Promise<void> {
    const { timeout = 5_000, signal, keys } = options
    checkCount(position, 'position', 0)
    const alarm = new Alarm()
    const deadline = performance.now() + checkCount(timeout, 'timeout', 0)
    const backOff = new BackOff(10, 250, this.#settings.random)
    let known: Look = { reached: 0 }
    this.#alarms.add(alarm)
    try {
      for (;;) {
        signal?.throwIfAborted()
        const local = localProgress(this.#run(), keys)
        if (local !== undefined && local >= position) return
        if (local === undefined) known = (await this.#look(keys, deadline, signal)) ?? known
        const reached = local ?? known.reached
        if (reached >= position) return
        this.#checkIsAlive()
        for (const runner of this.#run()?.share.runners ?? []) runner.hurry()
        const left = deadline - performance.now()
        if (left <= 0) {
          throw new WaitTimeoutError(
            this.#settings.name,
            position,
            reached,
            timeout,
            reasonOf(this.#run(), known),
          )
        }
        await alarm.sleep(local === undefined ? Math.min(backOff.next(), left) : left, signal)
      }
    } finally {
      this.#alarms.delete(alarm)
    }
  }

  /** @throws ConsumerFailedError the run in this process has failed */
  #checkIsAlive(): void {
    const failure = this.#run()?.error
    if (failure === undefined) return
    const { error: cause } = failure
    throw new ConsumerFailedError(this.#settings.name, messageOf(cause), { cause })
  }

  /** Undefined where the store cannot tell for now, or not in time. */
  async #look(
    keys: readonly string[] | undefined,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<Look | undefined> {
    const alarm = new Alarm()
    let found: Look | undefined
    let failure: { readonly error: unknown } | undefined
    const look = this.#settings.documents.allPartitions().then(
      (partitions) => {
        const states = partitions.map(({ state }) => state)
        const failed = states.find((state) => state.failed !== null)?.failed
        const reason = failed && `it has stopped (${failed.message})`
        found = { reached: storedProgress(states, this.#run(), keys), ...(reason && { reason }) }
        alarm.ring()
      },
      (error: unknown) => {
        if (!(error instanceof EventfoldError) || !error.retryable) failure = { error }
        alarm.ring()
      },
    )
    void look
    await alarm.sleep(Math.max(deadline - performance.now(), 0), signal)
    if (failure !== undefined) throw failure.error
    return found
  }
}

interface Look {
  readonly reached: number
  readonly reason?: string
}

function reasonOf<Transaction>(
  run: ConsumerRun<Transaction> | undefined,
  { reason }: Look,
): string | undefined {
  if (reason !== undefined) return reason
  if (run?.state === 'paused') return 'it is paused'
  const error = (run?.error ?? run?.trouble)?.error
  return error === undefined ? undefined : `it has a problem (${messageOf(error)})`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
