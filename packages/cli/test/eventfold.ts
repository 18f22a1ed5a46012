import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { runProgram } from '../src/run-program.ts'

const main = join(import.meta.dirname, '../src/main.ts')
/** A config with all definitions of the bank, and no store. */
export const bankConfig: string = join(import.meta.dirname, 'programs/bank.config.ts')

export interface Outcome {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly nodeOptions?: readonly string[]
  /** Whether the caller writes its stdin. Default: it has none. */
  readonly takesInput?: boolean
}

/** Starts the command line as a process, which the test does not outlive. Its output is read by the caller. */
export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const { EVENTFOLD_STORE: _, ...outside } = process.env
  const child = spawn(
    process.execPath,
    ['-C', '@eventfold/source', ...(options.nodeOptions ?? []), main, ...args],
    {
      // No config lies here.
      cwd: options.cwd ?? import.meta.dirname,
      env: { ...outside, ...options.env },
      stdio: [options.takesInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Runs the command line as a process, until its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(args, options)
  let [output, errors] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, output, errors }))
  })
}

export interface CallOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Its stdin. */
  readonly input?: string
  /** Whether errors come between the output, as on a screen. */
  readonly mixed?: boolean
  /** Columns of the terminal that it runs on. */
  readonly columns?: number
}

/** Runs the command line in the process of the test, to which no terminal belongs. */
export async function call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
  const { columns } = options
  const output = new Sink(columns)
  const errors = options.mixed ? output : new Sink(columns)
  const exitCode = await runProgram(args, {
    input: Object.assign(Readable.from([Buffer.from(options.input ?? '')]), { isTTY: columns !== undefined }),
    output,
    errors,
    environment: options.env ?? {},
    folder: options.cwd ?? import.meta.dirname,
    exitCode: 0,
  })
  return { exitCode, output: output.text, errors: errors.text }
}

/** Keeps what is written. */
class Sink extends Writable {
  text = ''
  readonly isTTY: boolean
  readonly columns: number

  constructor(columns: number | undefined) {
    super()
    this.isTTY = columns !== undefined
    this.columns = columns ?? 0
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** Lines of JSON, as values. */
export function parseLines(output: string): readonly Record<string, unknown>[] {
  return output
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
