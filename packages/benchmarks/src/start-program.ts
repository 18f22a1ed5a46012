import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Place, StoreName } from './contender.ts'

/** What a program is told: where its store is, and how much to do. */
export interface ProgramArguments extends Place {
  readonly store: StoreName
  readonly count: number
}

/**
 * Runs a program of `programs` in a process of its own until it ends. Resolves with the message that it has sent.
 *
 * @throws Error it failed
 */
export async function runProgram(name: string, options: ProgramArguments): Promise<unknown> {
  const program = fork(join(import.meta.dirname, 'programs', name), [JSON.stringify(options)], {
    execArgv: ['--conditions', '@eventfold/source'],
  })
  let message: unknown
  program.on('message', (sent) => {
    message = sent
  })
  const [code, signal] = await once(program, 'exit')
  if (code !== 0) throw new Error(`${name} ended with ${signal ?? `code ${code}`}`)
  return message
}

/** In the program. */
export function readProgramArguments(): ProgramArguments {
  return JSON.parse(process.argv[2] ?? '{}') as ProgramArguments
}
