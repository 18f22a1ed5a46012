import type { LogFilter, LogQuery } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { walkOf } from './log-sql.ts'

/** Positions of two events, inclusive. */
export interface Range {
  readonly first: number
  readonly last: number
}

/** Most entries that a page looks through, so that none blocks the event loop for long. */
const scanLength = 10_000

/** Finds out which part of the log a page has to look at. */
export class LogRange {
  readonly #firstFrom: Database.Statement<[number], number | null>
  readonly #lastUpTo: Database.Statement<[number], number | null>
  readonly #tagForwards: Database.Statement<[string, number, number], number>
  readonly #tagBackwards: Database.Statement<[string, number, number], number>
  readonly #version: Database.Statement<[string], number>
  readonly #position: Database.Statement<[string, number], number>

  constructor(database: Database.Database) {
    const prepare = <Parameters extends unknown[], Row = number>(sql: string) =>
      database.prepare<Parameters, Row>(sql).pluck()
    this.#firstFrom = prepare('SELECT min(position) FROM eventfold_events WHERE position >= ?')
    this.#lastUpTo = prepare('SELECT max(position) FROM eventfold_events WHERE position <= ?')
    this.#tagForwards = prepare(tagSql('ASC'))
    this.#tagBackwards = prepare(tagSql('DESC'))
    this.#version = prepare('SELECT coalesce(max(version), 0) FROM eventfold_events WHERE stream = ?')
    this.#position = prepare('SELECT position FROM eventfold_events WHERE stream = ? AND version = ?')
  }

  /** From the first to the last event that the bounds of the query allow; undefined if there is none. */
  readable({ after, before }: LogQuery): Range | undefined {
    const last = this.#lastUpTo.get(before - 1)
    const first = this.#firstFrom.get(after + 1)
    return typeof first === 'number' && typeof last === 'number' && first <= last
      ? { first, last }
      : undefined
  }

  /** The part for one page of a filter, at the end where it starts. A walk on which every entry is a hit needs no bound. */
  toScan(readable: Range, filter: LogFilter, backwards: boolean): Range {
    const { stream, tags = [] } = filter
    const walk = walkOf(filter)
    if (walk !== 'log' && conditionsOf(filter).length === 1) return readable
    const bound =
      walk === 'log'
        ? this.#boundOfLog(readable, backwards)
        : stream === undefined
          ? this.#boundOfTag(tags[0] as string, readable, backwards)
          : this.#boundOfStream(stream, readable, backwards)
    if (bound === undefined) return readable
    return backwards ? { ...readable, first: bound } : { ...readable, last: bound }
  }

  /** The versions that a stream has within a range. */
  versions(stream: string, { first, last }: Range): { fromVersion: number; toVersion: number } {
    return {
      fromVersion: this.#versionUpTo(stream, first - 1) + 1,
      toVersion: this.#versionUpTo(stream, last),
    }
  }

  #boundOfLog({ first, last }: Range, backwards: boolean): number | undefined {
    if (last - first < scanLength) return undefined
    const bound = backwards
      ? this.#firstFrom.get(last - scanLength + 1)
      : this.#lastUpTo.get(first + scanLength - 1)
    return bound ?? undefined
  }

  #boundOfTag(tag: string, { first, last }: Range, backwards: boolean): number | undefined {
    return (backwards ? this.#tagBackwards : this.#tagForwards).get(tag, first, last)
  }

  #boundOfStream(stream: string, range: Range, backwards: boolean): number | undefined {
    const { fromVersion, toVersion } = this.versions(stream, range)
    if (toVersion - fromVersion < scanLength) return undefined
    return this.#position.get(stream, backwards ? toVersion - scanLength + 1 : fromVersion + scanLength - 1)
  }

  /** By halves, since no index leads from a stream and a position to a version. */
  #versionUpTo(stream: string, position: number): number {
    let low = 0
    let high = this.#version.get(stream) ?? 0
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#position.get(stream, middle) ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** Whether a filter lets through less than everything. */
export function hasConditions(filter: LogFilter): boolean {
  return conditionsOf(filter).length > 0
}

function conditionsOf({ category, stream, types, tags = [] }: LogFilter): readonly unknown[] {
  return [category, stream, types, ...tags].filter((condition) => condition !== undefined)
}

function tagSql(order: 'ASC' | 'DESC'): string {
  return `
    SELECT position FROM eventfold_tags
    WHERE tag = ? AND position BETWEEN ? AND ?
    ORDER BY position ${order} LIMIT 1 OFFSET ${scanLength - 1}`
}
