/**
 * Closed streams are so in the row that an append locks anyway. What else is to be known of streams without their first
 * events is in a table of its own: they are few.
 */
export const tables = (schema: string): string => `
ALTER TABLE "${schema}".streams ADD COLUMN closed boolean NOT NULL DEFAULT false;

CREATE TABLE "${schema}".stream_marks (
  stream text COLLATE "C" NOT NULL,
  first_recorded_at timestamptz,
  removed_to bigint,
  CONSTRAINT stream_marks_pkey PRIMARY KEY (stream)
) WITH (autovacuum_analyze_threshold = 1000);
`
