import { parentPort, workerData } from 'node:worker_threads'
import { openWriter } from './connection.ts'
import { type Append, GroupWriter } from './group-writer.ts'
import type { Answer, WireOutcome } from './thread-writer.ts'
import { toWire } from './wire-error.ts'
import type { WriterOptions } from './writer-options.ts'

// The thread of `ThreadWriter`: the same write path as without a thread, behind messages.

const options = workerData as WriterOptions
const writer = new GroupWriter(openWriter(options), options.lockTimeout)

async function commit(group: readonly Append[]): Promise<Answer> {
  try {
    const outcomes = await writer.commit(group)
    return {
      outcomes: outcomes.map(
        (outcome): WireOutcome => ('error' in outcome ? { error: toWire(outcome.error) } : outcome),
      ),
    }
  } catch (error) {
    return { failure: toWire(error) }
  }
}

parentPort?.on('message', async (group: readonly Append[] | 'close') => {
  if (group === 'close') {
    await writer.close()
    parentPort?.close()
  } else {
    parentPort?.postMessage(await commit(group))
  }
})
parentPort?.postMessage({ outcomes: [] } satisfies Answer)
