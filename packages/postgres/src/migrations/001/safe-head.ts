import { lockSpace } from './ordering.ts'

/**
 * Up to where the log is final: nothing will appear at or before the position that `safe_head` returns, which is that
 * of a committed event, or `known` where nothing further is final.
 *
 * Why: take a writer, and the instants at which the reader (1) reads the head of the sequence, (2) looks at the
 * announcements and (3) reads events with a newer snapshot. A writer that announced before 2 and is still open has a
 * bound below all its positions, and the reader stops there. One that had ended before 2 is in the snapshot of 3, or
 * rolled back. One that announces after 2 takes positions above the head of 1. So the order of the three statements
 * is what this rests on, and so is READ COMMITTED, where each has a snapshot of its own.
 *
 * Without a hole after \`known\` no look at the announcements is needed: every position up to there is visible.
 * A standby knows no locks of its primary, so there the first hole ends it.
 */
export const safeHead = (schema: string): string => `
CREATE FUNCTION "${schema}".safe_head(known bigint, page integer) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  final bigint;
  found bigint;
  head bigint;
  bound bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the log of events can be read in READ COMMITTED only'
      USING ERRCODE = 'invalid_transaction_state';
  END IF;

  SELECT max(after.position), count(*) INTO final, found
  FROM (SELECT e.position FROM "${schema}".events e WHERE e.position > known ORDER BY e.position LIMIT page) AS after;
  IF found = 0 THEN
    RETURN known;
  END IF;

  IF pg_is_in_recovery() THEN
    -- Not by pages: whoever begins far behind what is known is not to come nearer by one with each look.
    final := known;
    FOR found IN SELECT e.position FROM "${schema}".events e WHERE e.position > known ORDER BY e.position LOOP
      EXIT WHEN found > final + 1;
      final := found;
    END LOOP;
    RETURN final;
  END IF;

  IF final - known <> found THEN
    final := known;
  ELSIF found < page THEN
    RETURN final;
  END IF;

  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO head FROM "${schema}".events_position_seq;

  -- Announcements hold the lower 32 bits of their bound, so they are compared by their distance to the head.
  SELECT min(head - behind.distance) INTO bound
  FROM (
    SELECT ((head & 4294967295) - l.objid::bigint) & 4294967295 AS distance
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = ${lockSpace(schema)}
      AND l.mode = 'ShareLock' AND l.granted
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  ) AS behind
  WHERE behind.distance < 2147483648;

  SELECT greatest(final, max(e.position)) INTO final
  FROM "${schema}".events e WHERE e.position > known AND e.position <= least(head, bound);
  RETURN final;
END $$;

CREATE FUNCTION "${schema}".head(known bigint, OUT safe bigint, OUT newest bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  safe := "${schema}".safe_head(known, 1000);
  SELECT coalesce(max(e.position), 0) INTO newest FROM "${schema}".events e;
END $$;
`
