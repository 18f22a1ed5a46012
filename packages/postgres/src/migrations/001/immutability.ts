/** What is recorded stays. ALWAYS: also where ordinary triggers are switched off. */
export const immutability = (schema: string): string => `
CREATE FUNCTION "${schema}".refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are immutable: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Append a correcting event instead.';
END $$;

CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON "${schema}".events
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}".refuse_change();
ALTER TABLE "${schema}".events ENABLE ALWAYS TRIGGER immutable;

CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON "${schema}".tags
  FOR EACH STATEMENT EXECUTE FUNCTION "${schema}".refuse_change();
ALTER TABLE "${schema}".tags ENABLE ALWAYS TRIGGER immutable;
`
