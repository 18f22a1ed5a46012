import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { EventSource } from '@eventfold/core'
import { checkSchemas, lockSchemas, type SchemaLock, type SchemaProblem } from '@eventfold/core/schemas'
import { aggregatesOf } from './aggregates-of.ts'
import type { EventfoldConfig } from './define-config.ts'
import { describeFileError, FileError } from './file-error.ts'
import type { Invocation } from './invocation.ts'
import { loadConfig } from './load-config.ts'
import type { ConfigOptions } from './store-options.ts'
import { UsageError } from './usage-error.ts'
import { writeWholeFile } from './write-whole-file.ts'

const defaultName = 'events.lock.json'

/** The lock file of a config, and how events look by its definitions. Needs no store. */
export class SchemaLockFile {
  readonly path: string
  readonly #config: EventfoldConfig
  readonly #of: readonly EventSource[]
  /** As it is read, so that nothing is written where nothing changes. */
  #text: string | undefined

  private constructor(path: string, config: EventfoldConfig, of: readonly EventSource[]) {
    this.path = path
    this.#config = config
    this.#of = of
  }

  /**
   * @param file where it is; default: `events.lock.json` beside the config
   * @throws UsageError the config has no events; ConfigError
   */
  static async find(
    file: string | undefined,
    options: ConfigOptions,
    { folder }: Invocation,
  ): Promise<SchemaLockFile> {
    const { value, path } = await loadConfig(options.config ?? true, folder)
    const messages = (value.outboxes ?? []).map(({ name, messages: events }) => {
      return { category: `outbox:${name}`, events }
    })
    const of = [...aggregatesOf(value), ...messages]
    if (of.length === 0) {
      throw new UsageError('The config has no aggregates and no outboxes, so there are no events.', {
        next: 'Add their definitions to `aggregates` and `outboxes` in eventfold.config.ts.',
      })
    }
    const beside = path === undefined ? folder : dirname(path)
    return new SchemaLockFile(
      file === undefined ? resolve(beside, defaultName) : resolve(folder, file),
      value,
      of,
    )
  }

  /**
   * The lock as it was written last; undefined where there is none.
   *
   * @throws FileError it is no JSON
   */
  async read(): Promise<SchemaLock | undefined> {
    if (!existsSync(this.path)) return undefined
    this.#text = await readFile(this.path, 'utf8').catch((error: unknown) => {
      throw describeFileError(error, this.path, 'read')
    })
    try {
      return JSON.parse(this.#text) as SchemaLock
    } catch (cause) {
      throw new FileError(`${this.path} is no JSON.`, { cause, next: 'Take it from version control.' })
    }
  }

  /** What the definitions do to events that may be stored, or that the lock does not have. */
  check(lock: SchemaLock): Promise<readonly SchemaProblem[]> {
    return checkSchemas(lock, this.#of, { upcasters: this.#config.upcasters })
  }

  /** The lock of the definitions as they are, with what it had before. */
  next(previous: SchemaLock): SchemaLock {
    return lockSchemas(this.#of, { upcasters: this.#config.upcasters, previous })
  }

  /** False: the file says so already. */
  async write(lock: SchemaLock): Promise<boolean> {
    const text = `${JSON.stringify(lock, null, 2)}\n`
    if (text === this.#text) return false
    await writeWholeFile(this.path, [text])
    return true
  }
}

/** How many event types a lock has. */
export function countEvents({ events }: SchemaLock): number {
  return Object.values(events).reduce((sum, types) => sum + Object.keys(types).length, 0)
}
