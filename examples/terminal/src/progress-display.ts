import type { WriteStream } from 'node:tty'
import { count } from './count.ts'

const redrawMilliseconds = 50

/** Shows how far a long work is: a live bar on a terminal, a line per quarter elsewhere. */
export class ProgressDisplay {
  readonly #output: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>
  readonly #total: number
  readonly #unit: string
  #done = 0
  #drawnAt = 0
  #quarters = 0

  constructor(output: NodeJS.WritableStream, total: number, unit: string) {
    this.#output = output
    this.#total = total
    this.#unit = unit
  }

  update(done: number) {
    this.#done = done
    if (!this.#output.isTTY) this.#writeQuarter(done)
    else if (done >= this.#total || performance.now() - this.#drawnAt >= redrawMilliseconds) this.#drawBar()
  }

  /** Leaves the bar where it is. */
  end() {
    if (!this.#output.isTTY) return
    this.#drawBar()
    this.#output.write('\n')
  }

  /** Leaves no trace on a terminal. */
  clear() {
    if (this.#output.isTTY) this.#output.write('\r\x1b[2K')
  }

  #drawBar() {
    this.#drawnAt = performance.now()
    const done = this.#done
    const counts = `${count(done)} of ${count(this.#total)} ${this.#unit}`
    const width = Math.max(0, Math.min(40, (this.#output.columns ?? 80) - counts.length - 4))
    const filled = Math.floor((width * done) / this.#total)
    this.#output.write(`\r  ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${counts}`)
  }

  #writeQuarter(done: number) {
    const quarters = Math.floor((4 * done) / this.#total)
    if (quarters === this.#quarters) return
    this.#quarters = quarters
    this.#output.write(`  ${count(done)} of ${count(this.#total)} ${this.#unit}\n`)
  }
}
