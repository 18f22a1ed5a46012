/**
 * How a group of appends takes the next versions of its streams: three ways with the same outcome, `bases` of
 * `append_many`. Where every append is one write and no stream is named twice, one statement does it: `claim_exact` if
 * all expect a version, `claim_any` if none expects anything. `claim_mixed` takes every group.
 *
 * Streams are locked in the order of their names, so that groups never wait for each other in a circle. Missing rows
 * are made before others are locked: whoever waits for a new row holds nothing but new rows.
 */
export const claimVersions = (schema: string): string => `
CREATE FUNCTION "${schema}".claim_exact(streams text[], sizes integer[], expected bigint[]) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  bases bigint[];
BEGIN
  WITH claimed AS (
    UPDATE "${schema}".streams s SET version = s.version + wanted.size
    FROM (
      SELECT w.stream, w.size, w.expected, w.place
      FROM unnest(streams, sizes, expected) WITH ORDINALITY AS w(stream, size, expected, place)
      ORDER BY w.stream COLLATE "C"
    ) AS wanted
    WHERE s.stream = wanted.stream COLLATE "C" AND s.version = wanted.expected
    RETURNING wanted.place
  )
  SELECT array_agg(CASE WHEN claimed.place IS NULL THEN -1 ELSE w.expected END ORDER BY w.place) INTO bases
  FROM unnest(expected) WITH ORDINALITY AS w(expected, place) LEFT JOIN claimed ON claimed.place = w.place;

  IF -1 = ANY (bases) THEN
    SELECT array_agg(CASE WHEN w.base = -1 THEN -1 - coalesce(s.version, 0) ELSE w.base END ORDER BY w.place) INTO bases
    FROM unnest(streams, bases) WITH ORDINALITY AS w(stream, base, place)
    LEFT JOIN "${schema}".streams s ON s.stream = w.stream COLLATE "C";
  END IF;
  RETURN bases;
END $$;

CREATE FUNCTION "${schema}".claim_any(streams text[], sizes integer[]) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  bases bigint[];
BEGIN
  WITH claimed AS (
    INSERT INTO "${schema}".streams AS s (stream, version)
    SELECT w.stream, w.size FROM unnest(streams, sizes) AS w(stream, size) ORDER BY w.stream COLLATE "C"
    ON CONFLICT (stream) DO UPDATE SET version = s.version + excluded.version
    RETURNING s.stream, s.version
  )
  SELECT array_agg(claimed.version - w.size ORDER BY w.place) INTO bases
  FROM unnest(streams, sizes) WITH ORDINALITY AS w(stream, size, place)
  JOIN claimed ON claimed.stream = w.stream COLLATE "C";
  RETURN bases;
END $$;

CREATE FUNCTION "${schema}".claim_mixed(
  all_streams text[], open_streams text[],
  write_appends integer[], write_streams integer[], write_sizes integer[], write_expected bigint[],
  repeated integer[]
) RETURNS bigint[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  writes CONSTANT integer := cardinality(write_streams);
  bases bigint[];
  versions bigint[];
  first integer := 1;
  next integer;
  stream integer;
  actual bigint;
  agreed boolean;
BEGIN
  IF cardinality(open_streams) > 0 THEN
    INSERT INTO "${schema}".streams (stream, version)
    SELECT missing.stream, 0 FROM unnest(open_streams) AS missing(stream) ORDER BY missing.stream COLLATE "C"
    ON CONFLICT DO NOTHING;
  END IF;

  SELECT array_agg(coalesce(locked.version, 0) ORDER BY named.place) INTO versions
  FROM unnest(all_streams) WITH ORDINALITY AS named(stream, place)
  LEFT JOIN (
    SELECT s.stream, s.version FROM "${schema}".streams s
    WHERE s.stream = ANY (all_streams) ORDER BY s.stream FOR NO KEY UPDATE
  ) AS locked ON locked.stream = named.stream COLLATE "C";

  -- One append after another: all its writes are as expected, or none of it is stored.
  WHILE first <= writes LOOP
    agreed := write_appends[first] <> ALL (repeated);
    next := first;
    LOOP
      actual := versions[write_streams[next]];
      agreed := agreed AND CASE write_expected[next]
        WHEN -1 THEN true WHEN -2 THEN actual > 0 ELSE actual = write_expected[next] END;
      next := next + 1;
      EXIT WHEN next > writes OR write_appends[next] <> write_appends[first];
    END LOOP;
    FOR write IN first .. next - 1 LOOP
      stream := write_streams[write];
      IF agreed THEN
        bases[write] := versions[stream];
        versions[stream] := versions[stream] + write_sizes[write];
      ELSE
        bases[write] := -1 - versions[stream];
      END IF;
    END LOOP;
    first := next;
  END LOOP;

  UPDATE "${schema}".streams s SET version = changed.version
  FROM unnest(all_streams, versions) AS changed(stream, version)
  WHERE s.stream = changed.stream COLLATE "C" AND s.version <> changed.version;

  DELETE FROM "${schema}".streams s WHERE s.stream = ANY (open_streams) AND s.version = 0;
  RETURN bases;
END $$;
`
