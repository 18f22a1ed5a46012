import type { EventStore } from '@eventfold/core'
import { runInstance } from './chaos-instance.ts'
import { type ChaosParameters, tell } from './chaos-parameters.ts'
import { runRebuilder } from './chaos-rebuilder.ts'
import { runWriters } from './chaos-writer.ts'

/** What every process of a chaos run does. It ends with its parent, or by itself when its parent asks for it. */
export async function runChaosProgram(
  parameters: ChaosParameters,
  open: () => Promise<EventStore>,
): Promise<void> {
  const orphaned = () => process.exit(3)
  process.on('disconnect', orphaned)
  const asked = new Promise<void>((resolve) => process.once('message', () => resolve()))
  if (parameters.role === 'instance') await runInstance(parameters, open, asked)
  else if (parameters.role === 'rebuilder') await runRebuilder(parameters, open, asked)
  else await runWriters(parameters, open, asked)
  // What is left of timers and connections now keeps the process from ending, and the parent notices.
  process.off('disconnect', orphaned)
  process.disconnect()
}

/** Repeats what fails because the store cannot be reached, as every caller has to. */
export async function persistently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const { retryable } = error as { readonly retryable?: boolean }
      if (retryable !== true) {
        await tell({ kind: 'failed', what: error instanceof Error ? String(error.stack) : String(error) })
        throw error
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
