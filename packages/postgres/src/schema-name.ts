import { StoreSetupError } from '@eventfold/core'

// The name is part of identifiers, of a setting and of the channel, all of which Postgres cuts at 63 bytes.
const pattern = /^[a-z_][a-z0-9_]{0,39}$/

/**
 * The only text of a caller that becomes part of SQL, so it has to be a plain identifier.
 *
 * @throws StoreSetupError `invalid-schema-name`
 */
export function checkSchemaName(schema: string): string {
  if (typeof schema === 'string' && pattern.test(schema) && !schema.startsWith('pg_')) return schema
  throw new StoreSetupError(
    'invalid-schema-name',
    `The schema name ${JSON.stringify(schema)} is not allowed. ` +
      'Use at most 40 lower-case letters, digits and underscores, not starting with a digit or pg_.',
  )
}

/** The channel of NOTIFY for the log in `schema`. */
export function channelOf(schema: string): string {
  return `eventfold_${schema}`
}
