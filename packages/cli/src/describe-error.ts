import { CommanderError } from '@commander-js/extra-typings'
import { isEventfoldError, isRefusal } from '@eventfold/core'
import { ConfigError } from './config-error.ts'
import { FileError } from './file-error.ts'
import { HandlerFailedError } from './handler-failed-error.ts'
import { InterruptedError } from './interrupted-error.ts'
import { MissingPackageError } from './missing-package-error.ts'
import { redact } from './redact.ts'
import { UsageError } from './usage-error.ts'

/** An error as the command line tells it. */
export interface DescribedError {
  readonly exitCode: number
  readonly code: string
  readonly message: string
  readonly next: string | undefined
}

/** Codes of Eventfold that say that the command asked for what cannot be. */
const wrongUsage: ReadonlySet<string> = new Set([
  'invalid-stream-id',
  'invalid-event-type',
  'invalid-tag',
  'invalid-option',
  'invalid-schema-name',
  'version-not-found',
  'saga-not-found',
  'saga-not-stuck',
  'saga-ended',
  'subject-forgotten',
])

const migrateFirst = 'Bring the schema to the latest version: eventfold migrate'
const nextSteps: Readonly<Record<string, string>> = {
  'schema-missing': migrateFirst,
  'schema-outdated': migrateFirst,
  'schema-too-new': 'Update @eventfold/cli and the packages of the store.',
  'store-unavailable': 'See whether the database runs and whether --store is right.',
  'store-failure': 'Run it again with --debug for the error of the database.',
}

const manual = 'https://github.com/eventfold/eventfold/blob/main/docs/reference/errors.md'

/** Code, message and next step of anything that was thrown; nothing of what events hold, and no password. */
export function describeError(error: unknown): DescribedError {
  const described = describe(error)
  return { ...described, message: redact(described.message) }
}

function describe(error: unknown): DescribedError {
  if (error instanceof UsageError) {
    return { exitCode: 2, code: 'wrong-usage', message: error.message, next: error.next }
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '')
    return { exitCode: 2, code: 'wrong-usage', message, next: 'See: eventfold --help' }
  }
  if (error instanceof ConfigError) {
    return { exitCode: 3, code: 'config', message: error.message, next: error.next }
  }
  if (error instanceof FileError) {
    return { exitCode: 3, code: 'file', message: error.message, next: error.next }
  }
  if (error instanceof MissingPackageError) {
    return { exitCode: 3, code: 'missing-package', message: error.message, next: error.next }
  }
  if (error instanceof HandlerFailedError) {
    const next =
      'Repair the definition and run it again. With --debug it says more, which may hold data of the event.'
    return { exitCode: 3, code: 'handler-failed', message: error.message, next }
  }
  if (error instanceof InterruptedError) {
    return { exitCode: 130, code: 'interrupted', message: error.message, next: undefined }
  }
  // What a business rule of the program says may be made of an event as well.
  if (isEventfoldError(error) && !isRefusal(error)) {
    const { code, message } = error
    const next = nextSteps[code] ?? `What it means: ${manual}#${encodeURIComponent(code)}`
    return { exitCode: wrongUsage.has(code) ? 2 : 3, code, message, next }
  }
  // The message may be made of an event: that of a handler, or of a parser.
  const kind = error instanceof Error ? error.name : typeof error
  return {
    exitCode: 3,
    code: 'unexpected',
    message: `A definition of the config, or eventfold itself, has thrown: ${kind}.`,
    next: 'Run it again with --debug for its message and stack, which may hold data of events.',
  }
}

/** All there is to tell, for who has asked for it. */
export function debugText(error: unknown): string {
  const lines: string[] = []
  for (let at = error; at !== undefined; at = at instanceof Error ? at.cause : undefined) {
    lines.push(at instanceof Error ? (at.stack ?? at.message) : String(at))
  }
  return redact(lines.join('\ncaused by '))
}
