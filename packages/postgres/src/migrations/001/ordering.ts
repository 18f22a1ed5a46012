import { digest } from '../../statement.ts'

/**
 * How readers of the log know that nothing will appear behind them.
 *
 * - `'announced'`: a writer announces a lower bound of its positions, and readers stop before it. Writers never wait
 *   for each other.
 * - `'exclusive'`: one writing transaction at a time. Simpler to reason about, and slower with several processes.
 */
export type Ordering = 'announced' | 'exclusive'

/** First key of the advisory locks of a log. Two schemas that share one only wait for each other more often. */
export const lockSpace = (schema: string): number => digest(`eventfold ${schema}`) & 0x7fffffff

/**
 * What a writer does before it takes positions, as two functions that both orderings have.
 *
 * - `enter` is called before the append locks any stream. It sets how long to wait for locks, for this transaction;
 *   null leaves that as it is. Exclusive writers queue here, so that the one whose turn it is never waits for a stream
 *   that a queueing one holds.
 * - `announce` is the trigger of every insert, raw ones included, before the first position is taken.
 */
export function orderingFunctions(schema: string, ordering: Ordering): string {
  return ordering === 'announced' ? announced(schema) : exclusive(schema)
}

/**
 * A shared lock never waits here, for only readers' eyes look at it. Once per transaction is enough: the first bound is
 * the lowest. A rollback to a savepoint takes the lock and the note of it back together. Plain expressions, for a query
 * each would make the trigger three times as slow.
 */
const announced = (schema: string) => `
CREATE OR REPLACE FUNCTION "${schema}".enter(patience text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT patience IS NULL OR set_config('lock_timeout', patience, true) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION "${schema}".announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bound bigint;
  done text;
BEGIN
  IF current_setting('eventfold.announced_${schema}', true) IS DISTINCT FROM '1' THEN
    bound := coalesce(pg_sequence_last_value('"${schema}".events_position_seq'), 0);
    done := pg_advisory_xact_lock_shared(${lockSpace(schema)}, bound::bit(32)::integer);
    done := set_config('eventfold.announced_${schema}', '1', true);
  END IF;
  RETURN NULL;
END $$;
`

const exclusive = (schema: string) => `
CREATE OR REPLACE FUNCTION "${schema}".enter(patience text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF patience IS NOT NULL THEN
    PERFORM set_config('lock_timeout', patience, true);
  END IF;
  PERFORM pg_advisory_xact_lock(${lockSpace(schema)}, 0);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION "${schema}".announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "${schema}".enter(NULL);
  RETURN NULL;
END $$;
`
