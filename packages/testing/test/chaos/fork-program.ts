import { type ChildProcess, fork } from 'node:child_process'

/** Starts a program as a process that understands our sources. */
export function forkProgram(path: string, parameters: readonly string[]): ChildProcess {
  return fork(path, parameters, { execArgv: ['--conditions', '@eventfold/source'] })
}
