import { once } from 'node:events'
import type { Invocation } from './invocation.ts'
import { toJson } from './to-json.ts'

/** What a command prints: results to stdout, as text or as JSON; everything else to stderr. */
export class Output {
  readonly json: boolean
  readonly #invocation: Invocation

  constructor(invocation: Invocation, json: boolean) {
    this.#invocation = invocation
    this.json = json
  }

  /** Columns of the terminal; undefined where the output goes elsewhere, and nothing should be cut off. */
  get columns(): number | undefined {
    // A terminal without a size says 0.
    const { isTTY, columns } = this.#invocation.output
    return isTTY ? columns || undefined : undefined
  }

  /** The one result of a command. */
  async document(value: unknown, text: () => string): Promise<void> {
    await this.write(this.json ? toJson(value, 2) : text())
  }

  /** One line of a result. Waits while the reader is slower. */
  async write(line: string): Promise<void> {
    const { output } = this.#invocation
    if (!output.write(`${line}\n`)) await once(output, 'drain')
  }

  /** A check has found something: the exit code is 1. */
  found(): void {
    this.#invocation.exitCode = 1
  }

  /** What a person should know besides the result. Not with JSON. */
  note(text: string): void {
    if (!this.json) this.#invocation.errors.write(`${text}\n`)
  }
}
