import type { JsonValue } from '../event/event.ts'
import type { StandardSchema } from '../event/standard-schema.ts'

/** A JSON Schema (draft 2020-12), as text of JSON carries it. */
export type JsonSchema = boolean | { readonly [keyword: string]: JsonValue }

/** What a Standard Schema that describes itself has besides (https://standardschema.dev/json-schema). */
interface SelfDescribing {
  readonly jsonSchema?: {
    readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
  }
}

/**
 * The JSON Schema of what a schema returns, which is what is stored. Null where it does not describe itself, as one of
 * `typeOf`, or where JSON Schema cannot say what it means.
 */
export function describeSchema(schema: StandardSchema): JsonSchema | null {
  const { jsonSchema } = schema['~standard'] as SelfDescribing
  if (jsonSchema === undefined) return null
  try {
    const { $schema: _, ...described } = jsonSchema.output({ target: 'draft-2020-12' })
    return JSON.parse(JSON.stringify(described)) as JsonSchema
  } catch {
    return null
  }
}
