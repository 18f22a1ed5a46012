/** As in 001, except that nobody gets a version of a closed stream. */
export const claimVersions = (schema: string): string => `
CREATE OR REPLACE FUNCTION "${schema}".claim_exact(streams text[], sizes integer[], expected bigint[]) RETURNS bigint[]
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
    WHERE s.stream = wanted.stream COLLATE "C" AND s.version = wanted.expected AND NOT s.closed
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

CREATE OR REPLACE FUNCTION "${schema}".claim_any(streams text[], sizes integer[]) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  bases bigint[];
BEGIN
  WITH claimed AS (
    INSERT INTO "${schema}".streams AS s (stream, version)
    SELECT w.stream, w.size FROM unnest(streams, sizes) AS w(stream, size) ORDER BY w.stream COLLATE "C"
    ON CONFLICT (stream) DO UPDATE SET version = s.version + excluded.version WHERE NOT s.closed
    RETURNING s.stream, s.version
  )
  SELECT array_agg(coalesce(claimed.version - w.size, -1) ORDER BY w.place) INTO bases
  FROM unnest(streams, sizes) WITH ORDINALITY AS w(stream, size, place)
  LEFT JOIN claimed ON claimed.stream = w.stream COLLATE "C";

  IF -1 = ANY (bases) THEN
    SELECT array_agg(CASE WHEN w.base = -1 THEN -1 - coalesce(s.version, 0) ELSE w.base END ORDER BY w.place) INTO bases
    FROM unnest(streams, bases) WITH ORDINALITY AS w(stream, base, place)
    LEFT JOIN "${schema}".streams s ON s.stream = w.stream COLLATE "C";
  END IF;
  RETURN bases;
END $$;

CREATE OR REPLACE FUNCTION "${schema}".claim_mixed(
  all_streams text[], open_streams text[],
  write_appends integer[], write_streams integer[], write_sizes integer[], write_expected bigint[],
  repeated integer[]
) RETURNS bigint[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  writes CONSTANT integer := cardinality(write_streams);
  bases bigint[];
  versions bigint[];
  closed boolean[];
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

  SELECT array_agg(coalesce(locked.version, 0) ORDER BY named.place),
    array_agg(coalesce(locked.closed, false) ORDER BY named.place)
  INTO versions, closed
  FROM unnest(all_streams) WITH ORDINALITY AS named(stream, place)
  LEFT JOIN (
    SELECT s.stream, s.version, s.closed FROM "${schema}".streams s
    WHERE s.stream = ANY (all_streams) ORDER BY s.stream FOR NO KEY UPDATE
  ) AS locked ON locked.stream = named.stream COLLATE "C";

  -- One append after another: all its writes are as expected, or none of it is stored.
  WHILE first <= writes LOOP
    agreed := write_appends[first] <> ALL (repeated);
    next := first;
    LOOP
      actual := versions[write_streams[next]];
      agreed := agreed AND NOT closed[write_streams[next]] AND CASE write_expected[next]
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
