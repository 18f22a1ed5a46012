#!/usr/bin/env node
import { CommanderError } from '@commander-js/extra-typings'
import { debugText, describeError } from './describe-error.ts'
import { program } from './program.ts'
import { escapeControls, toJson } from './to-json.ts'

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit())

const args = process.argv.slice(2)
try {
  await program().parseAsync(args, { from: 'user' })
} catch (error) {
  process.exitCode = report(error)
}
// What the config has opened of its own, such as a pool, must not keep the process alive.
process.stdout.write('', () => process.stderr.write('', () => process.exit()))

/** Tells an error on stderr. Returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? 0 : 2
  const { exitCode, code, message, next } = describeError(error)
  const stack = args.includes('--debug') ? debugText(error) : undefined
  if (args.includes('--json')) {
    process.stderr.write(`${toJson({ error: { code, message, next, stack } })}\n`)
  } else {
    const lines = [`error: ${message} (${code})`, ...(next === undefined ? [] : [`next: ${next}`])]
    if (stack !== undefined) lines.push(stack)
    process.stderr.write(`${escapeControls(lines.join('\n'), false)}\n`)
  }
  return exitCode
}

function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.help' || code === 'commander.helpDisplayed' || code === 'commander.version'
}
