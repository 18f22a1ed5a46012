import {
  type EventfoldError,
  InvalidInputError,
  isEventfoldError,
  LockTimeoutError,
  StorageFullError,
  StoreFailureError,
  StoreUnavailableError,
} from '@eventfold/core'
import type { DatabaseError } from 'pg'

/** What a failed call means, and so what to do next. */
export type Trouble =
  /** The transaction lost against another one: the same call may succeed at once. */
  | 'collision'
  /** An event id is in use: the next look will find it. */
  | 'id-taken'
  /** A lock was not free in time. */
  | 'locked'
  /** The connection is of no further use. */
  | 'connection'
  | 'other'

/** The class of what pg threw, by SQLSTATE and name of the constraint. Messages differ by language and release. */
export function troubleOf(error: unknown): Trouble {
  const { code, constraint } = describe(error)
  if (code === undefined)
    return isEventfoldError(error) || error instanceof TypeError ? 'other' : 'connection'
  if (code === '40001' || code === '40P01') return 'collision'
  if (code === '23505' && constraint === 'events_id_key') return 'id-taken'
  if (code === '55P03') return 'locked'
  if (unreachable.test(code)) return 'connection'
  return 'other'
}

/** Whether the server refused a statement for a reason that passes by itself. */
export function mayPass(error: unknown): boolean {
  if (describe(error).code === undefined) return false
  const trouble = troubleOf(error)
  return trouble === 'collision' || trouble === 'locked' || trouble === 'connection'
}

/**
 * Shut down, crashed, starting up, idle for too long, too many clients, broken protocol or connection; or its prepared
 * statements are gone (DISCARD ALL), which pg does not notice.
 */
const unreachable = /^(57P0[1-5]|25P0[34]|53300|26000|08...)$/

export interface Circumstances {
  /** Whether a statement may have reached the server. */
  readonly sent: boolean
  readonly lockTimeout: number
  readonly statementTimeout: number
}

/** The error of Eventfold for what pg threw. This is the only place that translates. */
export function translateError(
  error: unknown,
  { sent, lockTimeout, statementTimeout }: Circumstances,
): EventfoldError {
  if (isEventfoldError(error)) return error
  const { code, message } = describe(error)
  const cause = { cause: error }
  switch (troubleOf(error)) {
    case 'connection':
      return new StoreUnavailableError(sent ? 'unknown' : 'not-stored', message, cause)
    case 'collision':
      return new StoreUnavailableError('not-stored', `another transaction was in the way: ${message}`, cause)
    case 'locked':
      return new LockTimeoutError(lockTimeout, cause)
    case 'id-taken':
    case 'other':
  }
  switch (code) {
    case '22P02': // invalid_text_representation: the ids and numbers are ours, so it is the text of the codec
    case '22P05': // untranslatable_character
      return new InvalidInputError(
        'not-json',
        'The codec made text that is not JSON. The Postgres store keeps data and metadata as json: ' +
          'let the codec wrap other text in a JSON string.',
        cause,
      )
    case '25006': // read_only_sql_transaction: a standby, or a server that ran out of disk
    case '53100': // disk_full
      return new StorageFullError(message, cause)
    case '57014': // query_canceled
      return new StoreFailureError(
        `${message}; the statement time-out of the store is ${statementTimeout} ms, 0 being that of the server`,
        cause,
      )
    case '25P02': // in_failed_sql_transaction
      return new InvalidInputError(
        'invalid-transaction',
        'An earlier statement of the transaction failed. Roll it back and start again.',
        cause,
      )
    default:
      return new StoreFailureError(code === undefined ? message : `${message}, SQLSTATE ${code}`, cause)
  }
}

interface DriverError {
  readonly code: string | undefined
  readonly constraint: string | undefined
  readonly message: string
}

const sqlState = /^[0-9A-Z]{5}$/

/** Errors of the network have a code as well, such as ECONNRESET. */
function describe(error: unknown): DriverError {
  if (!(error instanceof Error)) return { code: undefined, constraint: undefined, message: String(error) }
  const { code, constraint } = error as Partial<DatabaseError>
  const isFromServer = typeof code === 'string' && sqlState.test(code) && 'severity' in error
  // An AggregateError of a refused connection has no message of its own.
  const message = error.message || String(code ?? error.name)
  return { code: isFromServer ? code : undefined, constraint: isFromServer ? constraint : undefined, message }
}
