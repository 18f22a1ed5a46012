import { isEventfoldError } from '../errors.ts'
import type { EventStore } from '../store/event-store.ts'
import type { AppendOptions, AppendResult } from '../store/event-store-options.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import type { AggregateDefinition, CommandSchemas, EventSchemas } from './aggregate.ts'
import type { AggregateRoot } from './aggregate-root.ts'
import type { LoadOptions } from './load-options.ts'
import type { Loaded } from './loaded.ts'
import { Repository, type RepositoryOptions } from './repository.ts'

/** A class that extends `aggregateRoot(definition)`. */
export interface RootClass<
  Root,
  Schemas extends EventSchemas,
  State,
  Commands extends CommandSchemas,
  Services,
> {
  readonly definition: AggregateDefinition<Schemas, State, Commands, Services>
  new (loaded: Loaded<State>): Root
}

/** Loads and saves the instances of a class of aggregates. Made by {@link rootRepository}. */
export class RootRepository<
  Root extends AggregateRoot<Schemas, State>,
  Schemas extends EventSchemas,
  State,
  Transaction,
> {
  readonly store: EventStore<Transaction>
  readonly #load: (id: string, options: LoadOptions<Schemas, Transaction>) => Promise<Root>
  readonly #maxAttempts: number

  /** @internal */
  constructor(
    store: EventStore<Transaction>,
    load: (id: string, options: LoadOptions<Schemas, Transaction>) => Promise<Root>,
    maxAttempts: number,
  ) {
    this.store = store
    this.#load = load
    this.#maxAttempts = maxAttempts
  }

  /**
   * An instance with the state of its stream; at version 0 where there is none.
   *
   * @throws the errors of `Repository.load`
   */
  async load(id: string, options: LoadOptions<Schemas, Transaction> = {}): Promise<Root> {
    return this.#load(id, options)
  }

  /**
   * Appends what the instance has recorded, if its stream is still where it was loaded. Undefined if it has recorded
   * nothing.
   *
   * @throws ConcurrencyError load it again; and the errors of `EventStore.append`
   */
  async save(
    root: Root,
    options: Omit<AppendOptions<Transaction>, 'expected'> = {},
  ): Promise<AppendResult | undefined> {
    // A copy, since the instance may record more meanwhile.
    const events = [...root.pendingEvents]
    if (events.length === 0) return undefined
    const appended = await this.store.append(root.stream, events, { ...options, expected: root.version })
    root.markSaved(events.length, appended.version)
    return appended
  }

  /**
   * Loads, calls `change`, saves; on a conflict again, on a fresh instance.
   *
   * @throws what `change` throws, as it is, and the errors of {@link load} and {@link save}
   * @example
   * await accounts.update('42', (account) => account.deposit(500))
   */
  async update(
    id: string,
    change: (root: Root) => void | Promise<void>,
    options: Omit<AppendOptions<Transaction>, 'expected'> = {},
  ): Promise<Root> {
    const { transaction } = options
    for (let attempt = 1; ; attempt++) {
      const root = await this.load(id, transaction === undefined ? {} : { transaction })
      await change(root)
      try {
        await this.save(root, options)
        return root
      } catch (error) {
        if (!isEventfoldError(error, 'concurrency') || attempt >= this.#maxAttempts) throw error
      }
      await pauseAfterConflict(attempt)
    }
  }
}

/**
 * Makes the repository of a class of aggregates.
 *
 * @example
 * const accounts = rootRepository(BankAccount, store)
 * const account = await accounts.load('42')
 * account.deposit(500)
 * await accounts.save(account)
 */
export function rootRepository<
  Root extends AggregateRoot<Schemas, State>,
  Schemas extends EventSchemas,
  State,
  Commands extends CommandSchemas,
  Services,
  Transaction,
>(
  rootClass: RootClass<Root, Schemas, State, Commands, Services>,
  store: EventStore<Transaction>,
  options: Omit<RepositoryOptions<unknown, NoInfer<State>>, 'services'> = {},
): RootRepository<Root, Schemas, State, Transaction> {
  const states = new Repository<Schemas, State, Commands, Services, Transaction>(
    rootClass.definition,
    store,
    options,
  )
  return new RootRepository(
    store,
    async (id, loadOptions: LoadOptions<Schemas, Transaction>) =>
      new rootClass(await states.load(id, loadOptions)),
    states.maxAttempts,
  )
}
