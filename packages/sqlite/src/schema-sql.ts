import { migrations } from './migrations.ts'

export const latestSchema: number = migrations.length

/**
 * The SQL that makes the schema, for those who migrate by hand and open with `migrate: false`: one transaction.
 *
 * @param from the version that the file has already: the SQL leads from there to the latest. Default 0: none
 * @example
 * await writeFile('migrations/0042-eventfold.sql', schemaSql())
 */
export function schemaSql(from = 0): string {
  return `BEGIN IMMEDIATE;\n\n${migrationSql(from)}\nCOMMIT;\n`
}

/** The steps after version `from`, to run in one transaction. */
export function migrationSql(from: number): string {
  const steps = migrations.slice(from).map((sql, index) => {
    const number = from + index + 1
    return `${sql}\nINSERT INTO eventfold_migrations (number, applied_at) VALUES (${number}, unixepoch() * 1000);\n`
  })
  return [...(from === 0 ? [createMigrations] : []), ...steps].join('\n')
}

const createMigrations = `CREATE TABLE eventfold_migrations (
  number INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL
) STRICT;
`
