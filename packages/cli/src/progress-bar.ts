import type { RebuildProgress } from '@eventfold/core'
import { Presets, SingleBar } from 'cli-progress'

/** Shows on a terminal how far a rebuild is; nothing elsewhere. */
export class ProgressBar {
  readonly #bar: SingleBar | undefined

  constructor(
    isWanted: boolean,
    output: NodeJS.WritableStream & { readonly isTTY?: boolean } = process.stderr,
  ) {
    if (!isWanted || !output.isTTY) return
    this.#bar = new SingleBar(
      {
        stream: output,
        format: '{bar} {percentage}% | {value} of {total} positions | {rate}/s | {remaining}',
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    )
  }

  readonly update = ({ done, total, rate, remaining }: RebuildProgress): void => {
    const payload = {
      rate: Math.round(rate),
      remaining: remaining === undefined ? '' : `${Math.ceil(remaining / 1_000)} s left`,
    }
    if (this.#bar?.isActive) {
      this.#bar.setTotal(total)
      this.#bar.update(done, payload)
    } else {
      this.#bar?.start(total, done, payload)
    }
  }

  /** Removes it. */
  stop(): void {
    this.#bar?.stop()
  }
}
