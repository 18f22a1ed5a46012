import type { ContractRunner } from '../src/contract/index.ts'

export interface Outcome {
  readonly topic: string
  readonly title: string
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly error?: unknown
}

interface Case {
  readonly topic: string
  readonly title: string
  readonly body: (context?: unknown) => Promise<void>
}

/** A test runner that gives the outcomes instead of reporting them. */
export class CollectingRunner implements ContractRunner {
  readonly cases: Case[] = []
  #topic = ''

  readonly describe = (name: string, body: () => void): void => {
    this.#topic = name
    body()
  }

  readonly test = (title: string, body: (context?: unknown) => Promise<void>): void => {
    this.cases.push({ topic: this.#topic, title, body })
  }

  async run(isMeant?: (topic: string, title: string) => boolean): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = []
    for await (const outcome of this.outcomes(isMeant)) outcomes.push(outcome)
    return outcomes
  }

  /** Runs one case after the other, as long as somebody asks. One that takes longer counts as failed. */
  async *outcomes(
    isMeant: (topic: string, title: string) => boolean = () => true,
    timeLimit = 3_000,
  ): AsyncGenerator<Outcome> {
    for (const { topic, title, body } of this.cases)
      if (isMeant(topic, title)) yield { topic, title, ...(await runCase(body, timeLimit)) }
  }
}

async function runCase(body: Case['body'], timeLimit: number): Promise<Pick<Outcome, 'status' | 'error'>> {
  let skipped = false
  const context = {
    skip() {
      skipped = true
    },
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${timeLimit} ms`)), timeLimit)
  })
  try {
    await Promise.race([body(context), timeout])
    return { status: skipped ? 'skipped' : 'passed' }
  } catch (error) {
    return { status: 'failed', error }
  } finally {
    clearTimeout(timer)
  }
}
