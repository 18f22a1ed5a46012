import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from './config-error.ts'
import type { EventfoldConfig } from './define-config.ts'

/** A config, and where it is; no path where there is none. */
export interface LoadedConfig {
  readonly value: EventfoldConfig
  readonly path: string | undefined
}

const names = ['eventfold.config.ts', 'eventfold.config.js', 'eventfold.config.mjs']
const fields: ReadonlySet<string> = new Set([
  'store',
  'schema',
  'aggregates',
  'outboxes',
  'upcasters',
  'projections',
  'consumers',
  'sagas',
] satisfies (keyof EventfoldConfig)[])

/**
 * The config at a path, or the one in the folder.
 *
 * @param given the path; true: that in the folder, if there is one; false: none
 * @param folder where a relative path begins
 * @throws ConfigError
 */
export async function loadConfig(given: string | boolean, folder: string): Promise<LoadedConfig> {
  if (given === false) return { value: {}, path: undefined }
  const path =
    given === true ? names.map((name) => resolve(folder, name)).find(existsSync) : resolve(folder, given)
  if (path === undefined) return { value: {}, path }
  if (!existsSync(path)) throw new ConfigError(`There is no config ${path}.`)
  const { default: value }: { readonly default?: unknown } = await importConfig(path)
  const problem = findProblem(value)
  if (problem !== undefined) {
    throw new ConfigError(`The config ${path} ${problem}.`, {
      next: 'Its default export is what defineConfig of @eventfold/cli returns.',
    })
  }
  return { value: value as EventfoldConfig, path }
}

async function importConfig(path: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (cause) {
    const isTypeScript =
      cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION'
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`The config ${path} cannot be loaded: ${reason}`, {
      cause,
      ...(isTypeScript && {
        next: `Node ${process.version} reads no TypeScript: use 22.18 or later, or a config in JavaScript.`,
      }),
    })
  }
}

/** The compiler says most of it already; this is for configs in JavaScript. */
function findProblem(config: unknown): string | undefined {
  if (typeof config !== 'object' || config === null) return 'has no default export that is a config'
  const unknown = Object.keys(config).find((field) => !fields.has(field))
  if (unknown !== undefined) return `has an unknown field \`${unknown}\``
  const { store, schema, upcasters, aggregates = [], outboxes = [] } = config as Fields
  const { projections = [], consumers = [], sagas = [] } = config as Fields
  if (!['undefined', 'string', 'function'].includes(typeof store)) return 'has a `store` of the wrong kind'
  if (!['undefined', 'string'].includes(typeof schema)) return 'has a `schema` that is no text'
  if (upcasters !== undefined && !hasParts(upcasters, ['steps'])) {
    return 'has `upcasters` that defineUpcasters has not made'
  }
  const definitions = Array.isArray(aggregates)
    ? aggregates.map((item) => (hasParts(item, ['definition', 'open']) ? item.definition : item))
    : aggregates
  return (
    findInList('aggregates', definitions, ['category', 'evolve']) ??
    findInList('outboxes', outboxes, ['name', 'messages']) ??
    findInList('projections', projections, ['name', 'kind', 'on']) ??
    findInList('consumers', consumers, ['name']) ??
    findInList('sagas', sagas, ['name', 'on', 'startedBy'])
  )
}

type Fields = { readonly [Field in keyof EventfoldConfig]?: unknown }

function findInList(
  field: string,
  list: unknown,
  needed: readonly [string, ...string[]],
): string | undefined {
  if (!Array.isArray(list)) return `has \`${field}\` that are no array`
  const names = new Set<unknown>()
  for (const [index, item] of list.entries()) {
    if (!hasParts(item, needed)) return `has a \`${field}[${index}]\` that is no definition`
    const name = item[needed[0]]
    if (names.has(name)) return `names ${String(name)} twice in \`${field}\``
    names.add(name)
  }
  return undefined
}

function hasParts<Part extends string>(
  value: unknown,
  parts: readonly Part[],
): value is Readonly<Record<Part, unknown>> {
  return typeof value === 'object' && value !== null && parts.every((part) => Object.hasOwn(value, part))
}
