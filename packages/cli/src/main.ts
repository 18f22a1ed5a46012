#!/usr/bin/env node
import { runProgram } from './run-program.ts'

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit())

process.exitCode = await runProgram(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  environment: process.env,
  folder: process.cwd(),
  exitCode: 0,
})
// What the config has opened of its own, such as a pool, must not keep the process alive.
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
