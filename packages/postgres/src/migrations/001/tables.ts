/**
 * The log, the version of each stream, and the tags.
 *
 * - `streams` makes a conflict an outcome without an error, a hole or an aborted transaction, and its rows are the
 *   locks of the appends. It leaves room in its pages so that a new version stays in the same page.
 * - `data` is json, not jsonb: it keeps the text as it is, to the byte.
 * - Positions end where JavaScript numbers are exact.
 * - The thresholds keep the planner from learning how small a new table is: a plan made then is cached, and would
 *   scan the whole table when that has grown.
 */
export const tables = (schema: string): string => `
CREATE TABLE "${schema}".streams (
  stream text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  CONSTRAINT streams_pkey PRIMARY KEY (stream)
) WITH (fillfactor = 70, autovacuum_analyze_threshold = 1000, autovacuum_vacuum_threshold = 1000);

CREATE TABLE "${schema}".events (
  position bigint NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  schema_version integer NOT NULL,
  data json NOT NULL,
  metadata json,
  tags text[] COLLATE "C",
  recorded_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  CONSTRAINT events_pkey PRIMARY KEY (position),
  CONSTRAINT events_stream_version_key UNIQUE (stream, version),
  CONSTRAINT events_id_key UNIQUE (id)
) WITH (autovacuum_analyze_threshold = 1000);

CREATE SEQUENCE "${schema}".events_position_seq MAXVALUE 9007199254740991 CACHE 1
  OWNED BY "${schema}".events.position;

CREATE TABLE "${schema}".tags (
  tag text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  CONSTRAINT tags_pkey PRIMARY KEY (tag, position)
) WITH (autovacuum_analyze_threshold = 1000);
`
