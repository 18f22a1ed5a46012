export { openSqlite, type SqliteOptions } from './open-sqlite.ts'
export { schemaSql } from './schema-sql.ts'
export { SqliteStore } from './sqlite-store.ts'
