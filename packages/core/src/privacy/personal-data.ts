import type { EventSchemas } from '../aggregate/aggregate.ts'
import { InvalidInputError } from '../errors.ts'
import type { SchemaOutput } from '../event/standard-schema.ts'

/** What of an event is about a person. */
export interface PersonalFields<Data> {
  /** About whom: a property that has their id, or a function. Default: the key of the stream. */
  readonly subject?: (keyof Data & string) | ((data: Data, key: string) => string)
  /** The properties that are kept under the key of that person, each with what is read once they are forgotten. */
  readonly fields: { readonly [Field in keyof Data]?: Data[Field] }
}

/** By event type. */
export type PersonalData<Schemas extends EventSchemas> = {
  readonly [Type in keyof Schemas]?: PersonalFields<SchemaOutput<Schemas[Type]>>
}

/** A definition that says what is personal in it: an aggregate, or an outbox. */
export interface PersonalSource {
  readonly personal?: Readonly<Record<string, AnyPersonalFields | undefined>> | undefined
}

/** Personal fields without their types. */
interface AnyPersonalFields {
  readonly subject?: string | ((data: never, key: string) => string)
  readonly fields: object
}

/** What is personal in an event, without its types. */
export interface PersonalRule {
  readonly subjectOf: (data: Readonly<Record<string, unknown>>, key: string) => unknown
  readonly placeholders: Readonly<Record<string, unknown>>
}

/**
 * The rules of several definitions, by event type.
 *
 * @throws InvalidInputError `invalid-definition`: two of them differ about a type
 */
export function personalRules(of: readonly PersonalSource[]): ReadonlyMap<string, PersonalRule> {
  const rules = new Map<string, PersonalRule>()
  const origins = new Map<string, unknown>()
  for (const { personal } of of) {
    for (const [type, fields] of Object.entries(personal ?? {})) {
      if (fields === undefined || origins.get(type) === fields) continue
      if (rules.has(type)) {
        throw new InvalidInputError(
          'invalid-definition',
          `Two definitions say what is personal in ${type}. Say it in one of them.`,
        )
      }
      origins.set(type, fields)
      rules.set(type, toRule(type, fields as PersonalFields<Record<string, unknown>>))
    }
  }
  return rules
}

function toRule(type: string, { subject, fields }: PersonalFields<Record<string, unknown>>): PersonalRule {
  if (Object.keys(fields).length === 0) {
    throw new InvalidInputError('invalid-definition', `What is personal in ${type} has no fields.`)
  }
  const subjectOf: PersonalRule['subjectOf'] =
    subject === undefined
      ? (_data, key) => key
      : typeof subject === 'function'
        ? subject
        : (data) => data[subject]
  return { subjectOf, placeholders: fields }
}
