/**
 * `append_many` as part of the caller's transaction, which stays usable whatever the outcome is. `isolation` is that
 * of the transaction; in another than read committed nothing is done. `bases` is null where an id of the append has
 * been taken by a transaction that committed meanwhile: the next try will see it.
 */
export const appendWithin = (schema: string): string => `
CREATE FUNCTION "${schema}".append_within(
  kind text, all_streams text[], open_streams text[],
  write_appends integer[], write_streams integer[], write_sizes integer[], write_expected bigint[],
  event_writes integer[], event_places integer[],
  new_ids uuid[], new_types text[], new_schema_versions integer[], new_data json[], new_metadata json[],
  new_tags text[],
  OUT isolation text, OUT bases bigint[], OUT positions bigint[], OUT known json
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  violated text;
BEGIN
  isolation := current_setting('transaction_isolation');
  IF isolation <> 'read committed' THEN
    RETURN;
  END IF;
  BEGIN
    SELECT done.bases, done.positions, done.known INTO bases, positions, known
    FROM "${schema}".append_many(
      kind, all_streams, open_streams, write_appends, write_streams, write_sizes, write_expected, event_writes,
      event_places, new_ids, new_types, new_schema_versions, new_data, new_metadata, new_tags, NULL, true) AS done;
  EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
    IF violated <> 'events_id_key' THEN
      RAISE;
    END IF;
  END;
END $$;
`
