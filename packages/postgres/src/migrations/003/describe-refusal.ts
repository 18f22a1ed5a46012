/**
 * Why an append was refused, as a JSON array: the stored events that have one of the ids, as `describe_events` gives them,
 * and of the streams those that are closed, each as `{"closed": stream}`.
 */
export const describeRefusal = (schema: string): string => `
CREATE FUNCTION "${schema}".describe_refusal(ids uuid[], streams text[]) RETURNS json
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
  SELECT json_agg(refusal.reason) FROM (
    SELECT json_array_elements("${schema}".describe_events(ids)) AS reason
    UNION ALL
    SELECT json_build_object('closed', s.stream) FROM "${schema}".streams s WHERE s.stream = ANY (streams) AND s.closed
  ) AS refusal
$$;
`
