/**
 * Texts by collection and key, and values to find them by.
 *
 * - `documents` is updated all the time. It leaves room in its pages, and nothing but the key has an index, so that a
 *   new text stays in the same page.
 * - Values are in a table of their own: a document without them costs nothing for that it could have some.
 * - The thresholds keep the planner from learning how small a new table is: a plan made then is cached, and would
 *   scan the whole table when that has grown.
 */
export const tables = (schema: string): string => `
CREATE TABLE "${schema}".documents (
  collection text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  data text COLLATE "C" NOT NULL,
  CONSTRAINT documents_pkey PRIMARY KEY (collection, key)
) WITH (fillfactor = 70, autovacuum_analyze_threshold = 1000, autovacuum_vacuum_threshold = 1000);

CREATE TABLE "${schema}".document_fields (
  collection text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  field text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  CONSTRAINT document_fields_pkey PRIMARY KEY (collection, key, field),
  CONSTRAINT document_fields_value_key UNIQUE (collection, field, value, key)
) WITH (autovacuum_analyze_threshold = 1000, autovacuum_vacuum_threshold = 1000);
`
