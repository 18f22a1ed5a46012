import type { CommandSchemas, EventSchemas, NewEventOf } from '../aggregate/aggregate.ts'
import type { SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import type { CommandTarget } from './command.ts'

type UnionToIntersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer Intersection,
) => void
  ? Intersection
  : never

/** What the commands of definitions return, by the names of the commands: something only for those of services. */
export type CommandValues<Target extends CommandTarget> = UnionToIntersection<ValuesOf<Target>>

type ValuesOf<Target> = Target extends {
  readonly category: infer Category extends string
  readonly commands: infer Commands extends CommandSchemas
}
  ? { readonly [Name in keyof Commands & string as `${Category}.${Name}`]: undefined }
  : Target extends {
        readonly service: infer Service extends string
        readonly commands: infer Commands extends CommandSchemas
        readonly results: infer Results
      }
    ? { readonly [Name in keyof Commands & string as `${Service}.${Name}`]: ResultOf<Results, Name> }
    : never

type ResultOf<Results, Name> = Name extends keyof Results
  ? Results[Name] extends StandardSchema
    ? SchemaOutput<Results[Name]>
    : undefined
  : undefined

/** The events that a command can lead to. */
export type CommandEvent<Target extends CommandTarget, Name extends string> = Target extends {
  readonly category: infer Category extends string
  readonly events: infer Schemas extends EventSchemas
}
  ? Name extends `${Category}.${string}`
    ? NewEventOf<Schemas>
    : never
  : never

/** The value that a command returns. */
export type CommandValue<Target extends CommandTarget, Name> = Name extends keyof CommandValues<Target>
  ? CommandValues<Target>[Name]
  : undefined
