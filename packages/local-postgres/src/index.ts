import type {} from 'vitest'

export { createDatabase, type LocalDatabase } from './database.ts'
export { type LocalPostgres, type LocalPostgresOptions, startLocalPostgres } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server for this run; `createDatabase(inject('postgresUrl'))` gives a test file its own database. */
    postgresUrl: string
  }
}
