/**
 * Stores and removes documents in one round trip. Parts that are null are left out. Gives the place of the first
 * document, from 0, that is not as expected; then nothing was stored but, maybe, other documents with an expectation.
 *
 * - `check_…`: documents with an expectation. `check_data` is null to remove one, `check_expected` to expect none
 * - `put_…`, `gone_…`: documents to store and to remove, whatever is there
 * - `owner_…`: documents whose fields are replaced. Fields and values are array literals, one for each document
 *
 * Writers of one document wait for each other at its row, and each statement here sees what was committed while the one
 * before it waited. So what is done to the fields comes after the documents, and holds for what is then there.
 *
 * Rows are taken in the order of their keys, so that writers do not wait for each other in a circle; those to store and
 * those to remove together.
 *
 * One plan serves all: a look into an index for each document. Else the server, which takes arrays to be longer than
 * these are, would make a new plan each time.
 */
export const writeDocuments = (schema: string): string => `
CREATE FUNCTION "${schema}".write_documents(
  check_collections text[], check_keys text[], check_data text[], check_expected text[],
  put_collections text[], put_keys text[], put_data text[],
  gone_collections text[], gone_keys text[],
  owner_collections text[], owner_keys text[], owner_fields text[], owner_values text[]
) RETURNS integer LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  conflict integer;
BEGIN
  IF check_keys IS NOT NULL THEN
    WITH checked AS MATERIALIZED (
      SELECT * FROM unnest(check_collections, check_keys, check_data, check_expected) WITH ORDINALITY
        AS c(collection, key, data, expected, place)
      ORDER BY c.collection COLLATE "C", c.key COLLATE "C"
    ), created AS (
      INSERT INTO "${schema}".documents AS d (collection, key, data)
      SELECT c.collection, c.key, coalesce(c.data, '') FROM checked c WHERE c.expected IS NULL
      ON CONFLICT ON CONSTRAINT documents_pkey DO NOTHING
      RETURNING d.collection, d.key
    ), replaced AS (
      UPDATE "${schema}".documents d SET data = c.data FROM checked c
      WHERE c.expected IS NOT NULL AND c.data IS NOT NULL
        AND d.collection = c.collection AND d.key = c.key AND d.data = c.expected
      RETURNING c.place
    ), removed AS (
      DELETE FROM "${schema}".documents d USING checked c
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
      SELECT FROM "${schema}".documents d WHERE d.collection = named.collection AND d.key = named.key
      LIMIT 1 FOR UPDATE
    ) AS locked;
  END IF;

  IF put_keys IS NOT NULL THEN
    INSERT INTO "${schema}".documents AS d (collection, key, data)
    SELECT p.collection, p.key, p.data FROM unnest(put_collections, put_keys, put_data) AS p(collection, key, data)
    ORDER BY p.collection COLLATE "C", p.key COLLATE "C"
    ON CONFLICT ON CONSTRAINT documents_pkey DO UPDATE SET data = excluded.data;
  END IF;

  IF gone_keys IS NOT NULL THEN
    DELETE FROM "${schema}".documents d
    USING (
      SELECT * FROM unnest(gone_collections, gone_keys) AS g(collection, key)
      ORDER BY g.collection COLLATE "C", g.key COLLATE "C"
    ) AS gone
    WHERE d.collection = gone.collection AND d.key = gone.key;

    DELETE FROM "${schema}".document_fields f
    USING unnest(gone_collections, gone_keys) AS gone(collection, key)
    WHERE f.collection = gone.collection AND f.key = gone.key
      AND NOT EXISTS (SELECT FROM "${schema}".documents d WHERE d.collection = f.collection AND d.key = f.key);
  END IF;

  IF owner_keys IS NOT NULL THEN
    DELETE FROM "${schema}".document_fields f
    USING unnest(owner_collections, owner_keys, owner_fields) AS owner(collection, key, fields)
    WHERE f.collection = owner.collection AND f.key = owner.key AND f.field <> ALL (owner.fields::text[]);

    INSERT INTO "${schema}".document_fields AS f (collection, key, field, value)
    SELECT owner.collection, owner.key, new.field, new.value
    FROM unnest(owner_collections, owner_keys, owner_fields, owner_values) AS owner(collection, key, fields, values),
      unnest(owner.fields::text[], owner.values::text[]) AS new(field, value)
    WHERE NOT EXISTS (
      SELECT FROM "${schema}".document_fields old
      WHERE old.collection = owner.collection AND old.key = owner.key AND old.field = new.field
        AND old.value = new.value
    )
    ON CONFLICT ON CONSTRAINT document_fields_pkey DO UPDATE SET value = excluded.value;
  END IF;

  RETURN NULL;
END $$;
`
