import type { CommandSchemas } from '../aggregate/aggregate.ts'
import type { SchemaInput, StandardSchema } from '../event/standard-schema.ts'

/** What is asked of an aggregate or a service, as plain data: it can be stored, sent later, and sent again. */
export interface Command<Name extends string = string, Input = unknown> {
  /** `category.command` of an aggregate, or `service.command` of a service. */
  readonly command: Name
  /** Key of the aggregate. Of a service: what is carried out one after another; it may be left out. */
  readonly to?: string
  /** As the schema accepts it; it is parsed where the command is carried out. */
  readonly input?: Input
}

/** What a command can be sent to: the definition of an aggregate or of a service. */
export type CommandTarget =
  | { readonly category: string; readonly commands: CommandSchemas }
  | { readonly service: string; readonly commands: CommandSchemas }

/**
 * The commands of one or several definitions, told apart by `command`.
 *
 * @example
 * const command: CommandOf<typeof Account> = { command: 'account.withdraw', to: '42', input: { cents: 500 } }
 */
export type CommandOf<Target extends CommandTarget> = Target extends {
  readonly category: infer Category extends string
  readonly commands: infer Commands extends CommandSchemas
}
  ? {
      [Name in keyof Commands & string]: {
        readonly command: `${Category}.${Name}`
        readonly to: string
      } & InputOf<Commands[Name]>
    }[keyof Commands & string]
  : Target extends {
        readonly service: infer Service extends string
        readonly commands: infer Commands extends CommandSchemas
      }
    ? {
        [Name in keyof Commands & string]: {
          readonly command: `${Service}.${Name}`
          readonly to?: string
        } & InputOf<Commands[Name]>
      }[keyof Commands & string]
    : never

type InputOf<Schema extends StandardSchema> =
  undefined extends SchemaInput<Schema>
    ? { readonly input?: SchemaInput<Schema> }
    : { readonly input: SchemaInput<Schema> }
