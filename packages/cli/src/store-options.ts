import type { Command } from '@commander-js/extra-typings'

/** What every command takes. An alias, as an interface would be no record of options. */
export type ConfigOptions = {
  /** False: no config is looked for. */
  readonly config?: string | boolean | undefined
  readonly json?: true | undefined
  readonly debug?: true | undefined
}

/** What every command takes that opens a store. */
export type StoreOptions = ConfigOptions & {
  readonly store?: string | undefined
  readonly schema?: string | undefined
}

/** The program, or a group of commands. */
export type CommandGroup = Command

/** Adds a command that opens a store. */
export function storeCommand(
  group: CommandGroup,
  name: string,
  options: { readonly isDefault?: boolean } = {},
): Command<[], StoreOptions> {
  return configCommand(group, name, options)
    .option('--store <store>', 'file of SQLite, or postgres:// URL (environment: EVENTFOLD_STORE)')
    .option('--schema <schema>', 'schema in Postgres (default: eventfold)')
}

/** Adds a command that looks at the config only. */
export function configCommand(
  group: CommandGroup,
  name: string,
  options: { readonly isDefault?: boolean } = {},
): Command<[], ConfigOptions> {
  return group
    .command(name, options)
    .option('--config <file>', 'config (default: eventfold.config.ts, .js or .mjs, where there is one)')
    .option('--no-config', 'look for no config')
    .option('--json', 'print JSON: one document, or one per line for lists')
    .option('--debug', 'print stack traces of errors')
}
