import type { PartitionContext } from './partition-context.ts'

/** Notices a partition that stands still although there are events and nothing is known to be in the way. */
export class StallWatch<Transaction> {
  readonly #context: PartitionContext<Transaction>
  #isStalled = false
  #seen = -1

  constructor(context: PartitionContext<Transaction>) {
    this.#context = context
  }

  get isStalled(): boolean {
    return this.#isStalled
  }

  /** Looks whether it has moved since the look before. @param head that of the log at the look before */
  look(head: number): void {
    const { position, trouble, guard } = this.#context
    this.#isStalled = position === this.#seen && position < head && trouble === undefined && !guard.isBusy
    this.#seen = position
  }
}
