import { checkCount } from '../check-count.ts'
import { sleep } from '../subscription/alarm.ts'
import { type CheckOptions, type CheckReport, DocumentCheck } from './check-documents.ts'
import { DocumentComparison, type DryRunReport, type RebuildDifference } from './compare-documents.ts'
import type { DocumentPage, FindOptions, Where } from './document-query.ts'
import type { DocumentReader } from './document-reader.ts'
import type { DocumentStorage } from './document-storage.ts'
import type { Generations } from './generations.ts'
import { ProjectionSupersededError } from './projection-errors.ts'
import type { ReadModelOptions } from './read-model-options.ts'
import { beginRebuild, buildGeneration, type DryRunOptions } from './rebuild.ts'
import { StoredDocuments } from './stored-documents.ts'
import { StoredReadModel } from './stored-read-model.ts'
import type { Upkeep } from './upkeep.ts'

/** Documents that the store keeps, up to date by appends or by a consumer. Made by `readModel`. */
export class DocumentReadModel<Document, Fields, Transaction = unknown>
  extends StoredReadModel<Transaction>
  implements DocumentReader<Document, Fields, Transaction>
{
  readonly #documents: StoredDocuments<Document, Fields, Transaction>
  readonly #storage: DocumentStorage<Transaction>
  #checking: { readonly end: AbortController; readonly loop: Promise<void> } | undefined

  /** @internal */
  constructor(
    generations: Generations<Transaction>,
    storage: DocumentStorage<Transaction>,
    upkeep: Upkeep<Transaction>,
    options: ReadModelOptions,
  ) {
    super(generations, upkeep, options)
    this.#documents = new StoredDocuments(generations, storage)
    this.#storage = storage
    checkCount(options.checkEvery ?? 1, 'checkEvery', 1)
    checkCount(options.checkSample ?? 1, 'checkSample', 1)
  }

  override async start(): Promise<void> {
    await super.start()
    const { checkEvery, checkSample = 100, onCheck } = this.options
    if (checkEvery === undefined || this.#checking?.end.signal.aborted === false) return
    const end = new AbortController()
    const signal = AbortSignal.any([end.signal, this.store.closing])
    const loop = this.#checkRegularly(checkEvery, checkSample, onCheck, signal)
    this.#checking = { end, loop: loop.finally(() => end.abort()) }
  }

  override async stop(): Promise<void> {
    this.#checking?.end.abort()
    await this.#checking?.loop
    this.#checking = undefined
    await super.stop()
  }

  async get(
    key: string,
    options: { readonly transaction?: Transaction } = {},
  ): Promise<Document | undefined> {
    return this.#documents.get(key, options)
  }

  async find(
    where: Where<Fields>,
    options: FindOptions<Fields, Transaction> = {},
  ): Promise<DocumentPage<Document>> {
    return this.#documents.find(where, options)
  }

  async list(
    options: Omit<FindOptions<Fields, Transaction>, 'orderBy'> = {},
  ): Promise<DocumentPage<Document>> {
    return this.#documents.find({}, options)
  }

  async count(
    where: Where<Fields> = {},
    options: { readonly transaction?: Transaction } = {},
  ): Promise<number> {
    return this.#documents.count(where, options)
  }

  /**
   * Recomputes documents from the events, in memory, and compares them with what is stored; events go on being applied
   * meanwhile. Reports every difference, and changes nothing: a rebuild does. Reads the log once, or, with `keys` of
   * streams, what is needed of it; the checkpoint is held for moments. Checks nothing before the first start, and while
   * an older version serves: this definition does not say how its documents should be.
   *
   * @throws ProjectionSupersededError a newer version serves
   * @throws RebuildCancelledError another build began to serve during the check
   * @throws InvalidInputError `invalid-option`
   * @throws what a handler throws
   * @example
   * const { differences } = await summaries.check({ sample: 100 })
   */
  async check(options: CheckOptions): Promise<CheckReport<Document>> {
    const { random = Math.random } = this.options
    const { number, version = 0 } = (await this.generations.read())?.current ?? {}
    const own = this.generations.storage.version
    if (version > own) throw new ProjectionSupersededError(this.name, own, version)
    if (number === undefined || version < own) return { checked: 0, differences: [], held: [] }
    return new DocumentCheck<Document, Transaction>(
      this.generations,
      this.#storage,
      number,
      options.signal,
    ).run(options, random)
  }

  /**
   * Builds the read model anew beside what serves, as {@link rebuild} does, and compares the two, document by document.
   * Does not switch: `rebuild` then does, without doing the work again, or `cancelRebuild` removes what was built.
   *
   * @throws RebuildCancelledError, ProjectionSupersededError, and what a handler throws for good
   * @example
   * const { different, differences } = await summaries.dryRun()
   * if (different === 0) await summaries.rebuild()
   * else await summaries.cancelRebuild()
   */
  async dryRun(options: DryRunOptions = {}): Promise<DryRunReport<RebuildDifference<Document>>> {
    const maxDifferences = checkCount(options.maxDifferences ?? 100, 'maxDifferences', 0)
    const { generations } = this
    const generation = await beginRebuild(generations, 'dry-run')
    return buildGeneration(generations, generation, this.options, options, (catchUp) => {
      return new DocumentComparison<Document, Transaction>(
        generations,
        this.#storage,
        generation,
        maxDifferences,
      ).run(async () => catchUp(await this.store.head()))
    })
  }

  async #checkRegularly(
    interval: number,
    sampleSize: number,
    onCheck: ReadModelOptions['onCheck'],
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      await sleep(interval, signal)
      if (signal.aborted || !this.upkeep.isRunning) return
      try {
        const report = await this.check({ sample: sampleSize, signal })
        onCheck?.(report)
      } catch (error) {
        if (!signal.aborted) reportQuietly(this.options, error)
      }
    }
  }
}

/** A hook that throws must not end the checks. */
function reportQuietly({ onError }: ReadModelOptions, error: unknown): void {
  try {
    onError?.(error, { attempt: 1, action: 'retry' })
  } catch {}
}
