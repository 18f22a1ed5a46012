import { setTimeout as sleep } from 'node:timers/promises'
import type { InstanceParameters } from './chaos-parameters.ts'
import type { ChaosProcess } from './chaos-process.ts'
import type { Random } from './random.ts'

/** One place for an instance, in which one lives after the other: killed, frozen, stopped and started again. */
export class ChaosSlot {
  readonly #random: Random
  readonly #start: (parameters: InstanceParameters) => ChaosProcess
  readonly #parameters: Omit<InstanceParameters, 'partitions'>
  readonly #counts: Record<string, number>
  #lives = 0
  #process: ChaosProcess | undefined

  /** @param counts is told what was done */
  constructor(
    parameters: Omit<InstanceParameters, 'partitions'>,
    random: Random,
    counts: Record<string, number>,
    start: (parameters: InstanceParameters) => ChaosProcess,
  ) {
    this.#parameters = parameters
    this.#random = random
    this.#counts = counts
    this.#start = start
  }

  /** Name of the instance that lives in it. */
  get instance(): string {
    return this.#process?.name ?? ''
  }

  /** Goes on until the time is over, and leaves an instance alive. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.live()
      await sleep(this.#random.below(this.#parameters.leaseTime))
      await this.#disturb()
    }
    await this.live()
  }

  /** Stops the instance; it must end by itself. */
  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  /** Sees to it that an instance runs. */
  async live(): Promise<void> {
    while (this.#process === undefined) {
      const { name } = this.#parameters
      const partitions = this.#random.chance(0.4) ? 1 + this.#random.below(6) : undefined
      if (partitions !== undefined) this.#count('partitions changed')
      const process = this.#start({ ...this.#parameters, name: `${name}.${++this.#lives}`, partitions })
      if (await process.ready()) this.#process = process
    }
  }

  async #disturb(): Promise<void> {
    const process = this.#process as ChaosProcess
    const { leaseTime } = this.#parameters
    const choice = this.#random.next()
    if (choice < 0.4) {
      this.#count('killed')
      this.#process = undefined
      await process.kill()
    } else if (choice < 0.7) {
      this.#count('frozen')
      process.freeze()
      await sleep(leaseTime * (1 + this.#random.next()))
      process.thaw()
    } else if (choice < 0.9) {
      this.#count('stopped')
      this.#process = undefined
      await process.stop()
    }
    if (this.#process === undefined && this.#random.chance(0.5))
      await sleep(this.#random.below(2 * leaseTime))
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1
  }
}
