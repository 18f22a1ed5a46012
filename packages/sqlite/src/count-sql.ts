import type { FieldRange } from '@eventfold/core/adapter'
import { limitTo } from './limit-to.ts'
import { type DocumentSql, documentsByKey, fieldsByValue, SqlText } from './sql-text.ts'

/** How many documents lie in a range, counted up to `most`. */
export function probeSql(collection: string, range: FieldRange, most: number): DocumentSql {
  const sql = new SqlText(collection)
  return sql.end(`SELECT count(*) AS count FROM (
    SELECT 1 FROM ${fieldsByValue}
    WHERE ${sql.within(range).join(' AND ')} ${limitTo(sql.bind(most))})`)
}

/** @param narrow a range of `where` that has few documents */
export function countSql(
  collection: string,
  where: readonly FieldRange[],
  narrow: FieldRange | undefined,
): DocumentSql {
  const sql = new SqlText(collection)
  const along = narrow ?? where[0]
  if (along === undefined) {
    return sql.end(`SELECT count(*) AS count FROM ${documentsByKey} WHERE collection = @collection`)
  }
  const others = where.filter((range) => range !== along).map((range) => sql.lookUp(range))
  return sql.end(`SELECT count(*) AS count FROM ${fieldsByValue}
    WHERE ${[...sql.within(along), ...others].join(' AND ')}`)
}
