export { checkSchemas, type SchemaProblem } from './check-schemas.ts'
export type { JsonSchema } from './json-schema.ts'
export {
  type LockedEvent,
  type LockedVersion,
  type LockOptions,
  lockSchemas,
  type SchemaLock,
} from './schema-lock.ts'
