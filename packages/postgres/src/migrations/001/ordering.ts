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
 * - `next_position` gives a position, and sees to it first that readers know of the writer. It is the default of the
 *   column, so that no writer can forget it. A trigger would do as well, and cost each insert more than all the rest
 *   that it does for the order.
 * - `only_position` is the same for a transaction that takes one position and no more: it leaves no note of it.
 */
export function orderingFunctions(schema: string, ordering: Ordering): string {
  return ordering === 'announced' ? announced(schema) : exclusive(schema)
}

export const positionDefault = (schema: string): string => `
ALTER TABLE "${schema}".events ALTER position SET DEFAULT "${schema}".next_position();
`

const takePosition = (schema: string) => `nextval('"${schema}".events_position_seq')`

/** True in a transaction that has announced its positions. A note says whose it is, so that none can be left behind. */
const isAnnounced = (schema: string) =>
  `current_setting('eventfold.announced_${schema}', true) = pg_current_xact_id()::text`

/**
 * A shared lock never waits here, for only readers' eyes look at it. Once per transaction is enough: the first bound is
 * the lowest. A rollback to a savepoint takes the lock and the note of it back together. Each function is one plain
 * expression, which Postgres puts in place of the call.
 */
const announced = (schema: string) => `
CREATE OR REPLACE FUNCTION "${schema}".enter(patience text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT patience IS NULL OR set_config('lock_timeout', patience, true) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION "${schema}".next_position() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT CASE
    WHEN ${isAnnounced(schema)} THEN ${takePosition(schema)}
    WHEN ${announce(schema)}
      AND set_config('eventfold.announced_${schema}', pg_current_xact_id()::text, true) IS NOT NULL
    THEN ${takePosition(schema)}
  END
$$;

CREATE OR REPLACE FUNCTION "${schema}".only_position() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN ${announce(schema)} THEN ${takePosition(schema)} END
$$;
`

/** Always true. */
const announce = (schema: string) =>
  `pg_advisory_xact_lock_shared(${lockSpace(schema)},
        coalesce(pg_sequence_last_value('"${schema}".events_position_seq'), 0)::bit(32)::integer) IS NOT NULL`

const exclusive = (schema: string) => `
CREATE OR REPLACE FUNCTION "${schema}".enter(patience text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF patience IS NOT NULL THEN
    PERFORM set_config('lock_timeout', patience, true);
  END IF;
  -- As plain statements do, and whoever locks the tables against appends: tables first, then the turn.
  LOCK TABLE "${schema}".streams, "${schema}".events IN ROW EXCLUSIVE MODE;
  PERFORM pg_advisory_xact_lock(${lockSpace(schema)}, 0);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION "${schema}".next_position() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN pg_advisory_xact_lock(${lockSpace(schema)}, 0) IS NOT NULL THEN ${takePosition(schema)} END
$$;

CREATE OR REPLACE FUNCTION "${schema}".only_position() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT "${schema}".next_position()
$$;
`
