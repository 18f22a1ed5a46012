/**
 * `LIMIT` by a parameter. SQLite looks at a bare one when it plans, and so plans the statement again each time that it
 * is bound: some 20 microseconds, more than most reads take, and better-sqlite3 then compiles anew what makes its rows.
 * A sum it does not look into.
 */
export const limitTo = (parameter: string): string => `LIMIT ${parameter} + 0`
