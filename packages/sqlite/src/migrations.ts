/**
 * What made the schema, in order. A migration never changes once it is released: add another one. The result is
 * `schema.sql`, which a test keeps equal.
 *
 * Ids are texts: as 16 bytes they take less room, but no less time to write, and a sixth more to read.
 *
 * The order of the columns of an event lets a filter read its row without following a long `data` to further pages.
 * Documents have rows apart from the index of their keys: that is twice as fast to write as one tree with the texts
 * in it, and the index alone answers how many there are.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE eventfold_events (
  position INTEGER PRIMARY KEY CHECK (position BETWEEN 1 AND 9007199254740991),
  stream TEXT NOT NULL,
  version INTEGER NOT NULL,
  id TEXT NOT NULL CHECK (length(id) = 36),
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  tags TEXT,
  metadata TEXT,
  data TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX eventfold_events_by_stream ON eventfold_events (stream, version);

CREATE UNIQUE INDEX eventfold_events_by_id ON eventfold_events (id);

CREATE TABLE eventfold_tags (
  tag TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER eventfold_events_no_update BEFORE UPDATE ON eventfold_events
BEGIN
  SELECT RAISE(ABORT, 'events are immutable');
END;

CREATE TRIGGER eventfold_events_no_delete BEFORE DELETE ON eventfold_events
BEGIN
  SELECT RAISE(ABORT, 'events are immutable');
END;

-- Positions go on from the last event. So it stays, even where a tool for maintenance takes the trigger above away.
CREATE TRIGGER eventfold_events_keep_last BEFORE DELETE ON eventfold_events
WHEN OLD.position = (SELECT max(position) FROM eventfold_events)
BEGIN
  SELECT RAISE(ABORT, 'the last event keeps its position from being given out again');
END;

CREATE TRIGGER eventfold_tags_no_update BEFORE UPDATE ON eventfold_tags
BEGIN
  SELECT RAISE(ABORT, 'tags are immutable');
END;

CREATE TRIGGER eventfold_tags_no_delete BEFORE DELETE ON eventfold_tags
BEGIN
  SELECT RAISE(ABORT, 'tags are immutable');
END;
`,
  `CREATE TABLE eventfold_documents (
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX eventfold_documents_by_key ON eventfold_documents (collection, key);

-- Without a reference to the documents: whoever writes a document writes its fields, and a check for each would cost.
CREATE TABLE eventfold_document_fields (
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (collection, key, field)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX eventfold_document_fields_by_value
ON eventfold_document_fields (collection, field, value, key);

-- One row. That it grows is how a process wakes others without an event.
CREATE TABLE eventfold_wake_ups (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  count INTEGER NOT NULL
) STRICT;
`,
  `-- Streams that are closed, or of which events were removed: few, so that a look for one costs next to nothing.
CREATE TABLE eventfold_stream_marks (
  stream TEXT NOT NULL PRIMARY KEY,
  closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
  first_recorded_at INTEGER,
  removed_to INTEGER
) STRICT, WITHOUT ROWID;
`,
]
