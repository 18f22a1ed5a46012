import { CommanderError } from '@commander-js/extra-typings'
import { debugText, describeError } from './describe-error.ts'
import type { Invocation } from './invocation.ts'
import { program } from './program.ts'
import { escapeControls, toJson } from './to-json.ts'

/** Runs one command, and tells what goes wrong on `errors`. Never throws. Resolves with the exit code. */
export async function runProgram(args: readonly string[], invocation: Invocation): Promise<number> {
  try {
    await program(invocation).parseAsync(args, { from: 'user' })
    return invocation.exitCode
  } catch (error) {
    return report(error, args, invocation)
  }
}

function report(error: unknown, args: readonly string[], { errors }: Invocation): number {
  if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? 0 : 2
  const { exitCode, code, message, next } = describeError(error)
  const stack = args.includes('--debug') ? debugText(error) : undefined
  if (args.includes('--json')) {
    errors.write(`${toJson({ error: { code, message, next, stack } })}\n`)
  } else {
    const lines = [`error: ${message} (${code})`, ...(next === undefined ? [] : [`next: ${next}`])]
    if (stack !== undefined) lines.push(stack)
    errors.write(`${escapeControls(lines.join('\n'), false)}\n`)
  }
  return exitCode
}

function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.help' || code === 'commander.helpDisplayed' || code === 'commander.version'
}
