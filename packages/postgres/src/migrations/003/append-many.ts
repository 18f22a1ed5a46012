/** As in 001, except that `known` tells also which streams are closed (`describe_refusal`). */
export const appendMany = (schema: string): string => `
CREATE OR REPLACE FUNCTION "${schema}".append_many(
  kind text, all_streams text[], open_streams text[],
  write_appends integer[], write_streams integer[], write_sizes integer[], write_expected bigint[],
  event_writes integer[], event_places integer[],
  new_ids uuid[], new_types text[], new_schema_versions integer[], new_data json[], new_metadata json[],
  new_tags text[], patience text, is_careful boolean,
  OUT bases bigint[], OUT positions bigint[], OUT known json
) LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
  repeated integer[] := '{}';
  entered boolean;
BEGIN
  entered := "${schema}".enter(patience);

  -- A repetition that expects a version is refused by that.
  IF (is_careful OR -1 >= ANY (write_expected))
    AND EXISTS (SELECT FROM "${schema}".events e WHERE e.id = ANY (new_ids))
  THEN
    SELECT array_agg(write_appends[event_writes[new.place]]) INTO repeated
    FROM unnest(new_ids) WITH ORDINALITY AS new(id, place)
    WHERE EXISTS (SELECT FROM "${schema}".events e WHERE e.id = new.id);
  END IF;

  IF kind = 'mixed' OR cardinality(repeated) > 0 THEN
    bases := "${schema}".claim_mixed(
      all_streams, open_streams, write_appends, write_streams, write_sizes, write_expected, repeated);
  ELSIF kind = 'exact' THEN
    bases := "${schema}".claim_exact(all_streams, write_sizes, write_expected);
  ELSE
    bases := "${schema}".claim_any(all_streams, write_sizes);
  END IF;

  -- Nothing is announced for nothing: readers would be held back until the caller's transaction ends.
  IF 0 <= ANY (bases) THEN
    WITH inserted AS (
      INSERT INTO "${schema}".events AS e (stream, version, id, type, schema_version, data, metadata, tags)
      SELECT all_streams[write_streams[new.write]], bases[new.write] + new.place, new.id, new.type, new.schema_version,
        new.data, new.metadata, new.tags::text[]
      FROM unnest(event_writes, event_places, new_ids, new_types, new_schema_versions, new_data, new_metadata, new_tags)
        WITH ORDINALITY
        AS new(write, place, id, type, schema_version, data, metadata, tags, number)
      WHERE bases[new.write] >= 0
      ORDER BY new.number
      RETURNING e.position
    )
    SELECT array_agg(inserted.position ORDER BY inserted.position) INTO positions FROM inserted;

    IF new_tags IS NOT NULL THEN
      INSERT INTO "${schema}".tags (tag, position)
      SELECT unnest(e.tags), e.position FROM "${schema}".events e WHERE e.position = ANY (positions);
    END IF;
  END IF;

  IF -1 >= ANY (bases) THEN
    SELECT "${schema}".describe_refusal(array_agg(new.id), all_streams) INTO known
    FROM unnest(new_ids, event_writes) AS new(id, write) WHERE bases[new.write] < 0;
  END IF;
END $$;
`
