/**
 * The part of the Standard Schema interface (version 1, https://standardschema.dev) that Eventfold uses.
 * zod, valibot, arktype and many others implement it, so any of them can describe events and commands.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One thing that a schema found wrong. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema accepts. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input']

/** What a schema returns. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output']

/**
 * A schema that only carries a type and accepts every value: for events and services that need no validation.
 *
 * @example
 * const Noted = typeOf<{ text: string }>()
 */
export function typeOf<Type>(): StandardSchema<Type, Type> {
  return {
    '~standard': { version: 1, vendor: 'eventfold', validate: (value) => ({ value: value as Type }) },
  }
}
