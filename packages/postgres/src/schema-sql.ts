import type { Ordering } from './migrations/001/ordering.ts'
import { currentVersion, migrations } from './migrations/index.ts'
import { channelOf, checkSchemaName } from './schema-name.ts'

/**
 * The SQL that makes the schema, or brings it up to date, for those who migrate by hand: one transaction.
 *
 * @param options.schema default `eventfold`
 * @param options.ordering of a new schema; default `announced`
 * @param options.from version that the schema has, as `meta.version` says; default 0, which is none yet
 * @throws StoreSetupError `invalid-schema-name`
 * @example
 * await writeFile('migrations/0042-eventfold.sql', schemaSql({ schema: 'ledger' }))
 */
export function schemaSql(
  options: { readonly schema?: string; readonly ordering?: Ordering; readonly from?: number } = {},
): string {
  const { schema = 'eventfold', ordering = 'announced', from = 0 } = options
  return `BEGIN;\n${migrationSql(checkSchemaName(schema), ordering, from)}\nCOMMIT;\n`
}

/** The steps after version `from`, to run in one transaction. */
export function migrationSql(schema: string, ordering: Ordering, from: number): string {
  const steps = migrations
    .filter(({ number }) => number > from)
    .map((step) => `-- ${channelOf(schema)} ${step.number}: ${step.name}\n${step.sql(schema, ordering)}`)
  if (from === 0) steps.unshift(foundation(schema, ordering))
  return `${steps.join('\n')}\nUPDATE "${schema}".meta SET version = ${currentVersion};\n`
}

const foundation = (schema: string, ordering: Ordering) => `
CREATE SCHEMA IF NOT EXISTS "${schema}";
CREATE TABLE "${schema}".meta (
  one boolean NOT NULL DEFAULT true,
  version integer NOT NULL,
  ordering text NOT NULL,
  CONSTRAINT meta_pkey PRIMARY KEY (one),
  CONSTRAINT meta_one_check CHECK (one)
);
INSERT INTO "${schema}".meta (version, ordering) VALUES (0, '${ordering}');
`
