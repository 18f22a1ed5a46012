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
 * What a writer does before it takes positions, as functions that both orderings have.
 *
 * - `enter` is called before the append locks any stream. It sets how long to wait for locks, for this transaction;
 *   null leaves that as it is. Exclusive writers queue here, so that the one whose turn it is never waits for a stream
 *   that a queueing one holds.
 * - `announced` is what `announce`, the trigger of every insert, does before the first position is taken. The trigger
 *   leaves out transactions that noted it; one event calls it itself, for a trigger costs more than it does.
 */
export function orderingFunctions(schema: string, ordering: Ordering): string {
  return ordering === 'announced' ? announced(schema) : exclusive(schema)
}

/** True in a transaction that has not announced its positions. A note says whose it is, so that none can be left behind. */
const isUnannounced = (schema: string) =>
  `current_setting('eventfold.announced_${schema}', true) IS DISTINCT FROM pg_current_xact_id()::text`

/** Fires before the first position is taken. ALWAYS: also for restores and replication, which switch others off. */
export const announceTrigger = (schema: string): string => `
CREATE TRIGGER announce BEFORE INSERT ON "${schema}".events
  FOR EACH STATEMENT WHEN (${isUnannounced(schema)}) EXECUTE FUNCTION "${schema}".announce();
ALTER TABLE "${schema}".events ENABLE ALWAYS TRIGGER announce;
`

/**
 * A shared lock never waits here, for only readers' eyes look at it. Once per transaction is enough: the first bound is
 * the lowest. A rollback to a savepoint takes the lock and the note of it back together. One plain expression, which
 * Postgres puts in place of the call: a query would make the trigger three times as slow.
 */
const announced = (schema: string) => `
CREATE OR REPLACE FUNCTION "${schema}".enter(patience text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT patience IS NULL OR set_config('lock_timeout', patience, true) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION "${schema}".announced() RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock_shared(${lockSpace(schema)},
      coalesce(pg_sequence_last_value('"${schema}".events_position_seq'), 0)::bit(32)::integer) IS NOT NULL
    AND set_config('eventfold.announced_${schema}', pg_current_xact_id()::text, true) IS NOT NULL
$$;
${announce(schema)}`

const exclusive = (schema: string) => `
CREATE OR REPLACE FUNCTION "${schema}".enter(patience text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF patience IS NOT NULL THEN
    PERFORM set_config('lock_timeout', patience, true);
  END IF;
  -- As plain statements do, and whoever locks the tables against appends: tables first, then the turn.
  LOCK TABLE "${schema}".streams, "${schema}".events IN ROW EXCLUSIVE MODE;
  RETURN "${schema}".announced();
END $$;

CREATE OR REPLACE FUNCTION "${schema}".announced() RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(${lockSpace(schema)}, 0) IS NOT NULL
$$;
${announce(schema)}`

const announce = (schema: string) => `
CREATE OR REPLACE FUNCTION "${schema}".announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  done boolean;
BEGIN
  done := "${schema}".announced();
  RETURN NULL;
END $$;
`
