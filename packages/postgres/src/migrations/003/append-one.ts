/** As in 001, for streams that may be closed: then the append is refused, and `known` says so (`describe_refusal`). */
export const appendOne = (schema: string): string => `
CREATE OR REPLACE FUNCTION "${schema}".append_one(
  into_stream text, expected bigint, new_ids uuid[], new_types text[], new_schema_versions integer[],
  new_data json[], new_metadata json[], new_tags text[],
  OUT last_version bigint, OUT last_position bigint, OUT known json
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  size CONSTANT integer := cardinality(new_ids);
  entered boolean;
BEGIN
  entered := "${schema}".enter(NULL);

  -- A repetition that expects a version is refused by that. The others have to look.
  IF expected >= 0 OR NOT EXISTS (
    SELECT FROM unnest(new_ids) AS new(id)
    WHERE (SELECT e.position FROM "${schema}".events e WHERE e.id = new.id) IS NOT NULL
  ) THEN
    IF expected > 0 THEN
      UPDATE "${schema}".streams s SET version = s.version + size
      WHERE s.stream = into_stream AND s.version = expected AND NOT s.closed
      RETURNING s.version INTO last_version;
    ELSIF expected = 0 THEN
      INSERT INTO "${schema}".streams AS s (stream, version) VALUES (into_stream, size)
      ON CONFLICT DO NOTHING
      RETURNING s.version INTO last_version;
    ELSIF expected = -1 THEN
      INSERT INTO "${schema}".streams AS s (stream, version) VALUES (into_stream, size)
      ON CONFLICT (stream) DO UPDATE SET version = s.version + size WHERE NOT s.closed
      RETURNING s.version INTO last_version;
    ELSE
      UPDATE "${schema}".streams s SET version = s.version + size
      WHERE s.stream = into_stream AND NOT s.closed
      RETURNING s.version INTO last_version;
    END IF;
  END IF;

  IF last_version IS NULL THEN
    SELECT coalesce(max(s.version), 0) INTO last_version FROM "${schema}".streams s WHERE s.stream = into_stream;
    known := "${schema}".describe_refusal(new_ids, ARRAY[into_stream]);
    RETURN;
  END IF;

  IF size = 1 THEN
    INSERT INTO "${schema}".events AS e (stream, version, id, type, schema_version, data, metadata, tags)
    VALUES (into_stream, last_version, new_ids[1], new_types[1], new_schema_versions[1], new_data[1],
      new_metadata[1], new_tags[1]::text[])
    RETURNING e.position INTO last_position;
  ELSE
    WITH inserted AS (
      INSERT INTO "${schema}".events AS e (stream, version, id, type, schema_version, data, metadata, tags)
      SELECT into_stream, last_version - size + new.place, new.id, new.type, new.schema_version, new.data,
        new.metadata, new.tags::text[]
      FROM unnest(new_ids, new_types, new_schema_versions, new_data, new_metadata, new_tags)
        WITH ORDINALITY AS new(id, type, schema_version, data, metadata, tags, place)
      ORDER BY new.place
      RETURNING e.position
    )
    SELECT max(inserted.position) INTO last_position FROM inserted;
  END IF;

  IF new_tags IS NOT NULL THEN
    INSERT INTO "${schema}".tags (tag, position)
    SELECT unnest(e.tags), e.position
    FROM "${schema}".events e
    WHERE e.stream = into_stream AND e.version > last_version - size AND e.version <= last_version;
  END IF;
END $$;
`
