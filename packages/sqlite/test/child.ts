import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Starts a program of `programs` as a real process, which the test does not outlive. */
export function startProgram(
  name: string,
  parameters: readonly string[],
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const child = fork(join(import.meta.dirname, 'programs', name), parameters, {
    execArgv: ['--conditions', '@eventfold/source', ...nodeOptions],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Kills it at once, as a power cut would, and waits until it is gone. */
export async function killProgram(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
