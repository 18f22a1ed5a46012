/**
 * Removes a collection. The fields come after the documents, as in `write_documents`, and those of a document that
 * somebody else has stored meanwhile stay with it.
 */
export const clearDocuments = (schema: string): string => `
CREATE FUNCTION "${schema}".clear_documents(cleared text) RETURNS void LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off AS $$
BEGIN
  DELETE FROM "${schema}".documents d WHERE d.collection = cleared;
  DELETE FROM "${schema}".document_fields f WHERE f.collection = cleared
    AND NOT EXISTS (SELECT FROM "${schema}".documents d WHERE d.collection = f.collection AND d.key = f.key);
END $$;
`
