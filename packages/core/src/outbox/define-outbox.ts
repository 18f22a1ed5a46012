import { InvalidInputError } from '../errors.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import { checkCategory } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { PersonalData } from '../privacy/personal-data.ts'

export type MessageSchemas = Readonly<Record<string, StandardSchema>>

/** A kind of messages to the outside. Made by {@link defineOutbox}. */
export interface OutboxDefinition<Schemas extends MessageSchemas = MessageSchemas> {
  readonly name: string
  readonly messages: Schemas
  /** What of its messages is about a person: see the option `privacy` of the stores. */
  readonly personal?: PersonalData<Schemas>
}

/** A message to put into an outbox. */
export type NewMessageOf<Schemas extends MessageSchemas> = {
  [Type in keyof Schemas & string]: {
    readonly type: Type
    readonly data: SchemaInput<Schemas[Type]>
    /** A UUID: the same id again is the same message. Default: a new one. */
    readonly id?: string
  }
}[keyof Schemas & string]

/** A message on its way out. */
export interface Message<Type extends string = string, Data = unknown> {
  /** The same however often it is published: what the receiver tells repetitions by. */
  readonly id: string
  /** Messages of one key are published in order. */
  readonly key: string
  readonly type: Type
  readonly data: Data
  readonly correlationId: string | undefined
  readonly causationId: string | undefined
  readonly recordedAt: Date
}

/** The messages of an outbox, told apart by `type`. */
export type MessageOf<Schemas extends MessageSchemas> = {
  [Type in keyof Schemas & string]: Message<Type, SchemaOutput<Schemas[Type]>>
}[keyof Schemas & string]

/**
 * Defines messages to the outside, by type and schema. `outbox` puts and publishes them.
 *
 * @param name of the outbox in the store; at most 128 bytes, without a dash
 * @throws InvalidInputError `invalid-definition`, `invalid-stream-id`
 * @example
 * const Notices = defineOutbox('notices', { messages: { OrderShipped: z.object({ order: z.string() }) } })
 */
export function defineOutbox<Schemas extends MessageSchemas>(
  name: string,
  definition: { readonly messages: Schemas; readonly personal?: NoInfer<PersonalData<Schemas>> },
): OutboxDefinition<Schemas> {
  checkName(name, 'name of an outbox', 'invalid-definition', 128)
  checkCategory(name)
  const { messages } = definition
  const types = Object.keys(messages)
  if (types.length === 0) throw new InvalidInputError('invalid-definition', `Outbox ${name} has no messages.`)
  for (const type of types) checkName(type, 'message type', 'invalid-definition', 256)
  return Object.freeze({ ...definition, name })
}
