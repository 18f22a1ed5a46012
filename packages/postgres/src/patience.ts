/**
 * Tells of work that takes long, such as what waits for a lock. One timer serves all, one piece of work after another,
 * because to make and to clear one costs as much as the rest of what an append does here.
 */
export class Patience {
  readonly #milliseconds: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #onLost: (() => void) | undefined

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /** @param onLost called once, unless the work ends or other work begins before that */
  begin(onLost: () => void): void {
    this.#onLost = onLost
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#lose(), this.#milliseconds).unref()
    else this.#timer.refresh()
  }

  /** @param onLost what the work began with */
  end(onLost: () => void): void {
    if (this.#onLost === onLost) this.#onLost = undefined
  }

  #lose(): void {
    const onLost = this.#onLost
    this.#onLost = undefined
    onLost?.()
  }
}
