document_fields.collection text COLLATE C NOT NULL
document_fields.key text COLLATE C NOT NULL
document_fields.field text COLLATE C NOT NULL
document_fields.value text COLLATE C NOT NULL
documents.collection text COLLATE C NOT NULL
documents.key text COLLATE C NOT NULL
documents.data text COLLATE C NOT NULL
events.position bigint NOT NULL DEFAULT eventfold.next_position()
events.stream text COLLATE C NOT NULL
events.version bigint NOT NULL
events.id uuid NOT NULL
events.type text COLLATE C NOT NULL
events.schema_version integer NOT NULL
events.data json NOT NULL
events.metadata json
events.tags text[] COLLATE C
events.recorded_at timestamp with time zone NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp())
meta.one boolean NOT NULL DEFAULT true
meta.version integer NOT NULL
meta.ordering text NOT NULL
stream_marks.stream text COLLATE C NOT NULL
stream_marks.first_recorded_at timestamp with time zone
stream_marks.removed_to bigint
streams.stream text COLLATE C NOT NULL
streams.version bigint NOT NULL
streams.closed boolean NOT NULL DEFAULT false
tags.tag text COLLATE C NOT NULL
tags.position bigint NOT NULL

document_fields WITH (autovacuum_analyze_threshold=1000, autovacuum_vacuum_threshold=1000)
documents WITH (fillfactor=70, autovacuum_analyze_threshold=1000, autovacuum_vacuum_threshold=1000)
events WITH (autovacuum_analyze_threshold=1000)
meta WITH ()
stream_marks WITH (autovacuum_analyze_threshold=1000)
streams WITH (fillfactor=70, autovacuum_analyze_threshold=1000, autovacuum_vacuum_threshold=1000)
tags WITH (autovacuum_analyze_threshold=1000)

events_position_seq INCREMENT 1 MAXVALUE 9007199254740991 CACHE 1

eventfold.document_fields document_fields_pkey PRIMARY KEY (collection, key, field)
eventfold.document_fields document_fields_value_key UNIQUE (collection, field, value, key)
eventfold.documents documents_pkey PRIMARY KEY (collection, key)
eventfold.events events_id_key UNIQUE (id)
eventfold.events events_pkey PRIMARY KEY ("position")
eventfold.events events_stream_version_key UNIQUE (stream, version)
eventfold.meta meta_one_check CHECK (one)
eventfold.meta meta_pkey PRIMARY KEY (one)
eventfold.stream_marks stream_marks_pkey PRIMARY KEY (stream)
eventfold.streams streams_pkey PRIMARY KEY (stream)
eventfold.tags tags_pkey PRIMARY KEY (tag, "position")

CREATE TRIGGER immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON eventfold.events FOR EACH STATEMENT EXECUTE FUNCTION eventfold.refuse_change() [A]
CREATE TRIGGER immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON eventfold.tags FOR EACH STATEMENT EXECUTE FUNCTION eventfold.refuse_change() [A]

CREATE OR REPLACE FUNCTION eventfold.append_many(kind text, all_streams text[], open_streams text[], write_appends integer[], write_streams integer[], write_sizes integer[], write_expected bigint[], event_writes integer[], event_places integer[], new_ids uuid[], new_types text[], new_schema_versions integer[], new_data json[], new_metadata json[], new_tags text[], patience text, is_careful boolean, OUT bases bigint[], OUT positions bigint[], OUT known json)
 RETURNS record
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  repeated integer[] := '{}';
  entered boolean;
BEGIN
  entered := "eventfold".enter(patience);

  -- A repetition that expects a version is refused by that.
  IF (is_careful OR -1 >= ANY (write_expected))
    AND EXISTS (SELECT FROM "eventfold".events e WHERE e.id = ANY (new_ids))
  THEN
    SELECT array_agg(write_appends[event_writes[new.place]]) INTO repeated
    FROM unnest(new_ids) WITH ORDINALITY AS new(id, place)
    WHERE EXISTS (SELECT FROM "eventfold".events e WHERE e.id = new.id);
  END IF;

  IF kind = 'mixed' OR cardinality(repeated) > 0 THEN
    bases := "eventfold".claim_mixed(
      all_streams, open_streams, write_appends, write_streams, write_sizes, write_expected, repeated);
  ELSIF kind = 'exact' THEN
    bases := "eventfold".claim_exact(all_streams, write_sizes, write_expected);
  ELSE
    bases := "eventfold".claim_any(all_streams, write_sizes);
  END IF;

  WITH inserted AS (
    INSERT INTO "eventfold".events AS e (stream, version, id, type, schema_version, data, metadata, tags)
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
    INSERT INTO "eventfold".tags (tag, position)
    SELECT unnest(e.tags), e.position FROM "eventfold".events e WHERE e.position = ANY (positions);
  END IF;

  IF -1 >= ANY (bases) THEN
    SELECT "eventfold".describe_refusal(array_agg(new.id), all_streams) INTO known
    FROM unnest(new_ids, event_writes) AS new(id, write) WHERE bases[new.write] < 0;
  END IF;
END $function$

CREATE OR REPLACE FUNCTION eventfold.append_one(into_stream text, expected bigint, new_ids uuid[], new_types text[], new_schema_versions integer[], new_data json[], new_metadata json[], new_tags text[], OUT last_version bigint, OUT last_position bigint, OUT known json)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
DECLARE
  size CONSTANT integer := cardinality(new_ids);
  entered boolean;
BEGIN
  entered := "eventfold".enter(NULL);

  -- A repetition that expects a version is refused by that. The others have to look.
  IF expected >= 0 OR NOT EXISTS (
    SELECT FROM unnest(new_ids) AS new(id)
    WHERE (SELECT e.position FROM "eventfold".events e WHERE e.id = new.id) IS NOT NULL
  ) THEN
    IF expected > 0 THEN
      UPDATE "eventfold".streams s SET version = s.version + size
      WHERE s.stream = into_stream AND s.version = expected AND NOT s.closed
      RETURNING s.version INTO last_version;
    ELSIF expected = 0 THEN
      INSERT INTO "eventfold".streams AS s (stream, version) VALUES (into_stream, size)
      ON CONFLICT DO NOTHING
      RETURNING s.version INTO last_version;
    ELSIF expected = -1 THEN
      INSERT INTO "eventfold".streams AS s (stream, version) VALUES (into_stream, size)
      ON CONFLICT (stream) DO UPDATE SET version = s.version + size WHERE NOT s.closed
      RETURNING s.version INTO last_version;
    ELSE
      UPDATE "eventfold".streams s SET version = s.version + size
      WHERE s.stream = into_stream AND NOT s.closed
      RETURNING s.version INTO last_version;
    END IF;
  END IF;

  IF last_version IS NULL THEN
    SELECT coalesce(max(s.version), 0) INTO last_version FROM "eventfold".streams s WHERE s.stream = into_stream;
    known := "eventfold".describe_refusal(new_ids, ARRAY[into_stream]);
    RETURN;
  END IF;

  IF size = 1 THEN
    INSERT INTO "eventfold".events AS e (stream, version, id, type, schema_version, data, metadata, tags)
    VALUES (into_stream, last_version, new_ids[1], new_types[1], new_schema_versions[1], new_data[1],
      new_metadata[1], new_tags[1]::text[])
    RETURNING e.position INTO last_position;
  ELSE
    WITH inserted AS (
      INSERT INTO "eventfold".events AS e (stream, version, id, type, schema_version, data, metadata, tags)
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
    INSERT INTO "eventfold".tags (tag, position)
    SELECT unnest(e.tags), e.position
    FROM "eventfold".events e
    WHERE e.stream = into_stream AND e.version > last_version - size AND e.version <= last_version;
  END IF;
END $function$

CREATE OR REPLACE FUNCTION eventfold.append_within(kind text, all_streams text[], open_streams text[], write_appends integer[], write_streams integer[], write_sizes integer[], write_expected bigint[], event_writes integer[], event_places integer[], new_ids uuid[], new_types text[], new_schema_versions integer[], new_data json[], new_metadata json[], new_tags text[], OUT isolation text, OUT bases bigint[], OUT positions bigint[], OUT known json)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
DECLARE
  violated text;
BEGIN
  isolation := current_setting('transaction_isolation');
  IF isolation <> 'read committed' THEN
    RETURN;
  END IF;
  BEGIN
    SELECT done.bases, done.positions, done.known INTO bases, positions, known
    FROM "eventfold".append_many(
      kind, all_streams, open_streams, write_appends, write_streams, write_sizes, write_expected, event_writes,
      event_places, new_ids, new_types, new_schema_versions, new_data, new_metadata, new_tags, NULL, true) AS done;
  EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
    IF violated <> 'events_id_key' THEN
      RAISE;
    END IF;
  END;
END $function$

CREATE OR REPLACE FUNCTION eventfold.claim_any(streams text[], sizes integer[])
 RETURNS bigint[]
 LANGUAGE plpgsql
AS $function$
DECLARE
  bases bigint[];
BEGIN
  WITH claimed AS (
    INSERT INTO "eventfold".streams AS s (stream, version)
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
    LEFT JOIN "eventfold".streams s ON s.stream = w.stream COLLATE "C";
  END IF;
  RETURN bases;
END $function$

CREATE OR REPLACE FUNCTION eventfold.claim_exact(streams text[], sizes integer[], expected bigint[])
 RETURNS bigint[]
 LANGUAGE plpgsql
AS $function$
DECLARE
  bases bigint[];
BEGIN
  WITH claimed AS (
    UPDATE "eventfold".streams s SET version = s.version + wanted.size
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
    LEFT JOIN "eventfold".streams s ON s.stream = w.stream COLLATE "C";
  END IF;
  RETURN bases;
END $function$

CREATE OR REPLACE FUNCTION eventfold.claim_mixed(all_streams text[], open_streams text[], write_appends integer[], write_streams integer[], write_sizes integer[], write_expected bigint[], repeated integer[])
 RETURNS bigint[]
 LANGUAGE plpgsql
AS $function$
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
    INSERT INTO "eventfold".streams (stream, version)
    SELECT missing.stream, 0 FROM unnest(open_streams) AS missing(stream) ORDER BY missing.stream COLLATE "C"
    ON CONFLICT DO NOTHING;
  END IF;

  SELECT array_agg(coalesce(locked.version, 0) ORDER BY named.place),
    array_agg(coalesce(locked.closed, false) ORDER BY named.place)
  INTO versions, closed
  FROM unnest(all_streams) WITH ORDINALITY AS named(stream, place)
  LEFT JOIN (
    SELECT s.stream, s.version, s.closed FROM "eventfold".streams s
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

  UPDATE "eventfold".streams s SET version = changed.version
  FROM unnest(all_streams, versions) AS changed(stream, version)
  WHERE s.stream = changed.stream COLLATE "C" AND s.version <> changed.version;

  DELETE FROM "eventfold".streams s WHERE s.stream = ANY (open_streams) AND s.version = 0;
  RETURN bases;
END $function$

CREATE OR REPLACE FUNCTION eventfold.clear_documents(cleared text)
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  DELETE FROM "eventfold".documents d WHERE d.collection = cleared;
  DELETE FROM "eventfold".document_fields f WHERE f.collection = cleared
    AND NOT EXISTS (SELECT FROM "eventfold".documents d WHERE d.collection = f.collection AND d.key = f.key);
END $function$

CREATE OR REPLACE FUNCTION eventfold.describe_events(ids uuid[])
 RETURNS json
 LANGUAGE sql
 STABLE
 SET enable_seqscan TO 'off'
AS $function$
  SELECT json_agg(json_build_object(
    'id', e.id, 'stream', e.stream, 'version', e.version, 'position', e.position, 'type', e.type,
    'schemaVersion', e.schema_version, 'data', e.data::text, 'tags', coalesce(to_json(e.tags), '[]')))
  FROM "eventfold".events e WHERE e.id = ANY (ids)
$function$

CREATE OR REPLACE FUNCTION eventfold.describe_refusal(ids uuid[], streams text[])
 RETURNS json
 LANGUAGE sql
 STABLE
 SET enable_seqscan TO 'off'
AS $function$
  SELECT json_agg(refusal.reason) FROM (
    SELECT json_array_elements("eventfold".describe_events(ids)) AS reason
    UNION ALL
    SELECT json_build_object('closed', s.stream) FROM "eventfold".streams s WHERE s.stream = ANY (streams) AND s.closed
  ) AS refusal
$function$

CREATE OR REPLACE FUNCTION eventfold.enter(patience text)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  SELECT patience IS NULL OR set_config('lock_timeout', patience, true) IS NOT NULL
$function$

CREATE OR REPLACE FUNCTION eventfold.head(known bigint, OUT safe bigint, OUT newest bigint)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
BEGIN
  safe := "eventfold".safe_head(known, 1000);
  SELECT coalesce(max(e.position), 0) INTO newest FROM "eventfold".events e;
END $function$

CREATE OR REPLACE FUNCTION eventfold.next_position()
 RETURNS bigint
 LANGUAGE sql
AS $function$
  SELECT CASE
    WHEN current_setting('eventfold.announced_eventfold', true) = pg_current_xact_id()::text THEN nextval('"eventfold".events_position_seq')
    WHEN pg_advisory_xact_lock_shared(1669436571,
        coalesce(pg_sequence_last_value('"eventfold".events_position_seq'), 0)::bit(32)::integer) IS NOT NULL
      AND set_config('eventfold.announced_eventfold', pg_current_xact_id()::text, true) IS NOT NULL
    THEN nextval('"eventfold".events_position_seq')
  END
$function$

CREATE OR REPLACE FUNCTION eventfold.only_position()
 RETURNS bigint
 LANGUAGE sql
AS $function$
  SELECT CASE WHEN pg_advisory_xact_lock_shared(1669436571,
        coalesce(pg_sequence_last_value('"eventfold".events_position_seq'), 0)::bit(32)::integer) IS NOT NULL THEN nextval('"eventfold".events_position_seq') END
$function$

CREATE OR REPLACE FUNCTION eventfold.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'events are immutable: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Append a correcting event instead.';
END $function$

CREATE OR REPLACE FUNCTION eventfold.safe_head(known bigint, page integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
  FROM (SELECT e.position FROM "eventfold".events e WHERE e.position > known ORDER BY e.position LIMIT page) AS after;
  IF found = 0 THEN
    RETURN known;
  END IF;

  IF pg_is_in_recovery() THEN
    -- Not by pages: whoever begins far behind what is known is not to come nearer by one with each look.
    final := known;
    FOR found IN SELECT e.position FROM "eventfold".events e WHERE e.position > known ORDER BY e.position LOOP
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

  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO head FROM "eventfold".events_position_seq;

  -- Announcements hold the lower 32 bits of their bound, so they are compared by their distance to the head.
  SELECT min(head - behind.distance) INTO bound
  FROM (
    SELECT ((head & 4294967295) - l.objid::bigint) & 4294967295 AS distance
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = 1669436571
      AND l.mode = 'ShareLock' AND l.granted
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  ) AS behind
  WHERE behind.distance < 2147483648;

  SELECT greatest(final, max(e.position)) INTO final
  FROM "eventfold".events e WHERE e.position > known AND e.position <= least(head, bound);
  RETURN final;
END $function$

CREATE OR REPLACE FUNCTION eventfold.write_documents(check_collections text[], check_keys text[], check_data text[], check_expected text[], put_collections text[], put_keys text[], put_data text[], gone_collections text[], gone_keys text[], owner_collections text[], owner_keys text[], owner_fields text[], owner_values text[])
 RETURNS integer
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  conflict integer;
BEGIN
  IF check_keys IS NOT NULL THEN
    WITH checked AS MATERIALIZED (
      SELECT * FROM unnest(check_collections, check_keys, check_data, check_expected) WITH ORDINALITY
        AS c(collection, key, data, expected, place)
      ORDER BY c.collection COLLATE "C", c.key COLLATE "C"
    ), created AS (
      INSERT INTO "eventfold".documents AS d (collection, key, data)
      SELECT c.collection, c.key, coalesce(c.data, '') FROM checked c WHERE c.expected IS NULL
      ON CONFLICT ON CONSTRAINT documents_pkey DO NOTHING
      RETURNING d.collection, d.key
    ), replaced AS (
      UPDATE "eventfold".documents d SET data = c.data FROM checked c
      WHERE c.expected IS NOT NULL AND c.data IS NOT NULL
        AND d.collection = c.collection AND d.key = c.key AND d.data = c.expected
      RETURNING c.place
    ), removed AS (
      DELETE FROM "eventfold".documents d USING checked c
      WHERE c.expected IS NOT NULL AND c.data IS NULL
        AND d.collection = c.collection AND d.key = c.key AND d.data = c.expected
      RETURNING c.place
    )
    SELECT min(c.place) - 1 INTO conflict FROM checked c
    WHERE CASE WHEN c.expected IS NULL THEN (c.collection, c.key) NOT IN (TABLE created)
      WHEN c.data IS NULL THEN c.place NOT IN (TABLE removed)
      ELSE c.place NOT IN (TABLE replaced) END;
    IF conflict IS NOT NULL THEN
      RETURN conflict;
    END IF;
  END IF;

  IF put_keys IS NOT NULL AND gone_keys IS NOT NULL THEN
    PERFORM FROM (
      SELECT * FROM (
        SELECT * FROM unnest(put_collections, put_keys) UNION ALL SELECT * FROM unnest(gone_collections, gone_keys)
      ) AS n(collection, key)
      ORDER BY n.collection COLLATE "C", n.key COLLATE "C"
    ) AS named
    CROSS JOIN LATERAL (
      SELECT FROM "eventfold".documents d WHERE d.collection = named.collection AND d.key = named.key
      LIMIT 1 FOR UPDATE
    ) AS locked;
  END IF;

  IF put_keys IS NOT NULL THEN
    INSERT INTO "eventfold".documents AS d (collection, key, data)
    SELECT p.collection, p.key, p.data FROM unnest(put_collections, put_keys, put_data) AS p(collection, key, data)
    ORDER BY p.collection COLLATE "C", p.key COLLATE "C"
    ON CONFLICT ON CONSTRAINT documents_pkey DO UPDATE SET data = excluded.data;
  END IF;

  IF gone_keys IS NOT NULL THEN
    DELETE FROM "eventfold".documents d
    USING (
      SELECT * FROM unnest(gone_collections, gone_keys) AS g(collection, key)
      ORDER BY g.collection COLLATE "C", g.key COLLATE "C"
    ) AS gone
    WHERE d.collection = gone.collection AND d.key = gone.key;

    DELETE FROM "eventfold".document_fields f
    USING unnest(gone_collections, gone_keys) AS gone(collection, key)
    WHERE f.collection = gone.collection AND f.key = gone.key
      AND NOT EXISTS (SELECT FROM "eventfold".documents d WHERE d.collection = f.collection AND d.key = f.key);
  END IF;

  IF owner_keys IS NOT NULL THEN
    DELETE FROM "eventfold".document_fields f
    USING unnest(owner_collections, owner_keys, owner_fields) AS owner(collection, key, fields)
    WHERE f.collection = owner.collection AND f.key = owner.key AND f.field <> ALL (owner.fields::text[]);

    INSERT INTO "eventfold".document_fields AS f (collection, key, field, value)
    SELECT owner.collection, owner.key, new.field, new.value
    FROM unnest(owner_collections, owner_keys, owner_fields, owner_values) AS owner(collection, key, fields, values),
      unnest(owner.fields::text[], owner.values::text[]) AS new(field, value)
    WHERE NOT EXISTS (
      SELECT FROM "eventfold".document_fields old
      WHERE old.collection = owner.collection AND old.key = owner.key AND old.field = new.field
        AND old.value = new.value
    )
    ON CONFLICT ON CONSTRAINT document_fields_pkey DO UPDATE SET value = excluded.value;
  END IF;

  RETURN NULL;
END $function$

