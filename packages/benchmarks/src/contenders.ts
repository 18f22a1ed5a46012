import type { Contender, StoreName } from './contender.ts'
import { castoreMemory } from './contenders/castore-memory.ts'
import { emmettPostgres, tunedEmmettPostgres } from './contenders/emmett-postgres.ts'
import { eventfoldMemory } from './contenders/eventfold-memory.ts'
import { eventfoldPostgres, subscribedPostgres } from './contenders/eventfold-postgres.ts'
import { eventfoldSqlite, subscribedSqlite } from './contenders/eventfold-sqlite.ts'
import { groupedPostgres } from './contenders/grouped-postgres.ts'
import { groupedSqlite } from './contenders/grouped-sqlite.ts'
import { handWrittenPostgres } from './contenders/hand-written-postgres.ts'
import { handWrittenSqlite } from './contenders/hand-written-sqlite.ts'
import { compileSqlite3, hasSqlite3 } from './sqlite3-driver.ts'

/**
 * All contenders of a store.
 *
 * @param compile whether to compile the driver of Emmett's SQLite where it is missing; else Emmett is left out there
 */
export async function contendersOf(store: StoreName, compile: boolean): Promise<readonly Contender[]> {
  switch (store) {
    case 'memory':
      return [eventfoldMemory, castoreMemory]
    case 'sqlite':
      return [
        eventfoldSqlite,
        subscribedSqlite,
        handWrittenSqlite,
        groupedSqlite,
        ...(await emmettOnSqlite(compile)),
      ]
    case 'postgres':
      return [
        eventfoldPostgres,
        subscribedPostgres,
        handWrittenPostgres,
        groupedPostgres,
        emmettPostgres,
        tunedEmmettPostgres,
      ]
  }
}

async function emmettOnSqlite(compile: boolean): Promise<readonly Contender[]> {
  if (!hasSqlite3() && (!compile || !compileSqlite3())) return []
  const { emmettSqlite, tunedEmmettSqlite } = await import('./contenders/emmett-sqlite.ts')
  return [emmettSqlite, tunedEmmettSqlite]
}
