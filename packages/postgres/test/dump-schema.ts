import type { Pool } from 'pg'

/** The schema as the catalogs of the server describe it, in a fixed order. */
export async function dumpSchema(pool: Pool, schema: string): Promise<string> {
  const sections: string[] = []
  for (const sql of [columns, settings, sequences, constraints, triggers, functions]) {
    const { rows } = await pool.query<{ line: string }>(sql, [schema])
    sections.push(rows.map(({ line }) => line).join('\n'))
  }
  return `${sections.join('\n\n')}\n`
}

const columns = `
SELECT format('%s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
  CASE WHEN a.attcollation = 0 OR l.collname = 'default' THEN '' ELSE ' COLLATE ' || l.collname END,
  CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
  ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)) AS line
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r'
ORDER BY c.relname, a.attnum`

const settings = `
SELECT format('%s WITH (%s)', c.relname, array_to_string(c.reloptions, ', ')) AS line
FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' ORDER BY c.relname`

const sequences = `
SELECT format('%s INCREMENT %s MAXVALUE %s CACHE %s', c.relname, s.seqincrement, s.seqmax, s.seqcache) AS line
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
WHERE c.relnamespace = $1::regnamespace ORDER BY c.relname`

// Since version 18 of the server NOT NULL is a constraint as well.
const constraints = `
SELECT format('%s %s %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS line
FROM pg_constraint c WHERE c.connamespace = $1::regnamespace AND c.contype <> 'n'
ORDER BY c.conrelid::regclass::text, c.conname`

const triggers = `
SELECT format('%s [%s]', pg_get_triggerdef(t.oid), t.tgenabled) AS line
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = $1::regnamespace AND NOT t.tgisinternal ORDER BY c.relname, t.tgname`

const functions = `
SELECT pg_get_functiondef(p.oid) AS line
FROM pg_proc p WHERE p.pronamespace = $1::regnamespace ORDER BY p.proname`
