import {
  ConcurrencyError,
  EventIdConflictError,
  LockTimeoutError,
  StorageFullError,
  StoreFailureError,
  StoreUnavailableError,
  StreamClosedError,
} from '@eventfold/core'

/** An error on its way from one thread to another, which would keep no class and no field of it. */
export interface WireError {
  readonly className: string
  readonly message: string
  readonly stack: string | undefined
  readonly fields: Readonly<Record<string, unknown>>
  readonly cause: WireError | undefined
}

const classes = new Map(
  [
    ConcurrencyError,
    EventIdConflictError,
    LockTimeoutError,
    StorageFullError,
    StoreFailureError,
    StoreUnavailableError,
    StreamClosedError,
  ].map((errorClass) => [errorClass.name, errorClass]),
)

/** What marks an error of Eventfold for `isEventfoldError`. */
const brand = Symbol.for('eventfold.error')

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return toWire(new Error(String(error)))
  const { message, stack, cause } = error
  const { cause: _, ...fields } = { ...error }
  return {
    className: error.constructor.name,
    message,
    stack,
    fields,
    cause: cause === undefined ? undefined : toWire(cause),
  }
}

/** The same error again: its class, its fields and its cause. */
export function fromWire({ className, message, stack, fields, cause }: WireError): Error {
  const errorClass = classes.get(className)
  const options = cause === undefined ? undefined : { cause: fromWire(cause) }
  // The constructor of the class takes what the message was made of, so that of Error is called in its place.
  const error: Error = Reflect.construct(Error, [message, options], errorClass ?? Error)
  if (errorClass !== undefined) Object.defineProperty(error, brand, { value: true })
  return Object.assign(error, fields, { stack })
}
