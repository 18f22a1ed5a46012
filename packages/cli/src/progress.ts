import { Presets, SingleBar } from 'cli-progress'
import type { Invocation } from './invocation.ts'
import { toJson } from './to-json.ts'

/** How far some work is. */
export interface Advance {
  /** Such as positions or bytes. */
  readonly done: number
  /** Of the same; undefined where nobody knows. */
  readonly total: number | undefined
  /** Of the things that are worked on. */
  readonly count: number
}

/** Milliseconds between two lines of JSON. */
const interval = 1_000

/** Shows how far some work is: a bar on a terminal, with `--json` a line on stderr every second, else nothing. */
export class Progress {
  readonly #errors: Invocation['errors']
  readonly #json: boolean
  readonly #things: string
  #first: { readonly at: number; readonly advance: Advance } | undefined
  #told = performance.now()
  #bar: SingleBar | undefined

  /** @param things what is counted, such as `events` */
  constructor(errors: Invocation['errors'], json: boolean, things: string) {
    this.#errors = errors
    this.#json = json
    this.#things = things
  }

  readonly update = (advance: Advance): void => {
    const now = performance.now()
    this.#first ??= { at: now, advance }
    if (!this.#json) {
      if (this.#errors.isTTY) this.#show(advance, now)
      return
    }
    if (now - this.#told < interval) return
    this.#told = now
    this.#errors.write(`${toJson({ progress: { ...advance, ...this.#pace(advance, now) } })}\n`)
  }

  /** Removes what it shows. What is told next is the beginning of other work. */
  stop(): void {
    this.#bar?.stop()
    this.#bar = undefined
    this.#first = undefined
  }

  #show(advance: Advance, now: number): void {
    const { rate, remaining } = this.#pace(advance, now)
    const payload = {
      count: advance.count,
      rate: rate === 0 ? '' : ` | ${rate} ${this.#things}/s`,
      remaining: remaining === undefined ? '' : ` | ${Math.ceil(remaining / 1_000)} s left`,
    }
    const total = advance.total ?? advance.done
    if (this.#bar?.isActive) {
      this.#bar.setTotal(total)
      this.#bar.update(advance.done, payload)
      return
    }
    const bar = advance.total === undefined ? '' : '{bar} {percentage}% | '
    this.#bar = new SingleBar(
      {
        stream: this.#errors,
        format: `${bar}{count} ${this.#things}{rate}{remaining}`,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    )
    this.#bar.start(total, advance.done, payload)
  }

  /** Things per second, and milliseconds until the end. */
  #pace({ done, total, count }: Advance, now: number): { rate: number; remaining: number | undefined } {
    const { at, advance } = this.#first ?? { at: now, advance: { done, count } }
    const seconds = (now - at) / 1_000
    const gained = done - advance.done
    if (seconds === 0) return { rate: 0, remaining: undefined }
    const remaining = total === undefined || gained <= 0 ? undefined : ((total - done) / gained) * (now - at)
    return {
      rate: Math.round((count - advance.count) / seconds),
      remaining: remaining === undefined ? undefined : Math.round(remaining),
    }
  }
}
