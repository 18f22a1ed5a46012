import { Worker } from 'node:worker_threads'
import { StoreUnavailableError } from '@eventfold/core'
import type { Settled, StreamReceipt } from '@eventfold/core/adapter'
import type { Append, Outcome, Writer } from './group-writer.ts'
import { fromWire, type WireError } from './wire-error.ts'
import type { WriterOptions } from './writer-options.ts'

export type WireOutcome = { readonly value: readonly StreamReceipt[] } | { readonly error: WireError }
export type Answer = { readonly outcomes: readonly WireOutcome[] } | { readonly failure: WireError }

/** Commits groups of appends in a thread of its own. One that has died is replaced. */
export class ThreadWriter implements Writer {
  readonly #options: WriterOptions
  #worker: Worker | undefined

  private constructor(options: WriterOptions) {
    this.#options = options
  }

  static async start(options: WriterOptions): Promise<ThreadWriter> {
    const writer = new ThreadWriter(options)
    await writer.#start()
    return writer
  }

  async commit(group: readonly Append[]): Promise<readonly Outcome[]> {
    const worker = this.#worker ?? (await this.#start())
    const answered = this.#answer(worker)
    worker.postMessage(group)
    return (await answered).map(fromWireOutcome)
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.ref()
    worker.postMessage('close')
    await ended
  }

  async #start(): Promise<Worker> {
    // From source, the thread has to find the sources of core as well.
    const worker = import.meta.url.endsWith('.ts')
      ? new Worker(new URL('./writer-worker.ts', import.meta.url), {
          workerData: this.#options,
          execArgv: ['--conditions', '@eventfold/source'],
        })
      : new Worker(new URL('./writer-worker.js', import.meta.url), { workerData: this.#options })
    this.#worker = worker
    // Whoever waits for an answer hears of it; unheard, it would end the process.
    worker.on('error', () => {})
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    await this.#answer(worker)
    return worker
  }

  /** The next answer. Only while somebody waits for one does the thread keep the process alive. */
  async #answer(worker: Worker): Promise<readonly WireOutcome[]> {
    worker.ref()
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const fail = (cause?: unknown) =>
      reject(new StoreUnavailableError('unknown', 'the thread that writes has died', { cause }))
    worker.once('message', resolve).once('error', fail).once('exit', fail)
    try {
      const answer = await promise
      if ('failure' in answer) throw fromWire(answer.failure)
      return answer.outcomes
    } finally {
      worker.off('message', resolve).off('error', fail).off('exit', fail)
      worker.unref()
    }
  }
}

function fromWireOutcome(outcome: WireOutcome): Settled<readonly StreamReceipt[]> {
  return 'error' in outcome ? { error: fromWire(outcome.error) } : outcome
}
