import { randomBytes } from 'node:crypto'
import { Client } from 'pg'

export interface LocalDatabase {
  /** Connection string of the new, empty database. */
  readonly url: string
  /** Closes what is still connected to it, and removes it. A pool left open gets an `error` event for that. */
  drop(): Promise<void>
}

/** Creates an empty database with a random name on the server at `url`. */
export async function createDatabase(url: string): Promise<LocalDatabase> {
  const name = `eventfold_${randomBytes(8).toString('hex')}`
  // template0 is never connected to, so that any number of databases can be copied from it at once.
  await query(url, `CREATE DATABASE ${name} TEMPLATE template0`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return {
    url: own.href,
    drop: () => query(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
