import { once } from 'node:events'
import { toJson } from './to-json.ts'

/** What a command prints: results to stdout, as text or as JSON; everything else to stderr. */
export class Output {
  readonly json: boolean

  constructor(json: boolean) {
    this.json = json
  }

  /** Columns of the terminal; undefined where the output goes elsewhere, and nothing should be cut off. */
  get columns(): number | undefined {
    // A terminal without a size says 0.
    return process.stdout.isTTY ? process.stdout.columns || undefined : undefined
  }

  /** The one result of a command. */
  async document(value: unknown, text: () => string): Promise<void> {
    await this.write(this.json ? toJson(value, 2) : text())
  }

  /** One line of a result. Waits while the reader is slower. */
  async write(line: string): Promise<void> {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
  }

  /** What a person should know besides the result. Not with JSON. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`${text}\n`)
  }
}
