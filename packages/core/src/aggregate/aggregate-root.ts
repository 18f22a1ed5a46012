import { InvalidInputError } from '../errors.ts'
import type { NewEvent } from '../event/event.ts'
import type { SchemaInput } from '../event/standard-schema.ts'
import type { AggregateDefinition, CommandSchemas, EventSchemas, NewEventOf } from './aggregate.ts'
import { evolveState, validateEventData } from './fold.ts'
import type { Loaded } from './loaded.ts'

/** An aggregate as an object with methods. Extend what {@link aggregateRoot} returns. */
export interface AggregateRoot<Schemas extends EventSchemas, State> {
  readonly id: string
  readonly stream: string
  /** With the events recorded so far. */
  readonly state: State
  /** Version that was loaded or saved last. */
  readonly version: number
  /** Recorded, and not saved yet. */
  readonly pendingEvents: readonly NewEventOf<Schemas>[]
  /**
   * Checks an event, applies it to the state and keeps it for saving. For the methods of your class.
   *
   * @throws InvalidInputError `invalid-event`; the schema must be synchronous
   */
  record<Type extends keyof Schemas & string>(type: Type, data: SchemaInput<Schemas[Type]>): void
  /** @internal The first `count` of the pending events are saved now, the last of them at `version`. */
  markSaved(count: number, version: number): void
}

export type AggregateRootClass<Schemas extends EventSchemas, State> = new (
  loaded: Loaded<State>,
) => AggregateRoot<Schemas, State>

/**
 * The base class for those who think of aggregates as objects: a thin layer on the same definition, whose `decide`
 * it does not use. Load and save its instances with a `RootRepository`.
 *
 * @example
 * class BankAccount extends aggregateRoot(Account) {
 *   deposit(cents: number) {
 *     if (!this.state.open) throw new DomainError('not-open')
 *     this.record('MoneyDeposited', { cents })
 *   }
 * }
 */
export function aggregateRoot<Schemas extends EventSchemas, State, Commands extends CommandSchemas, Services>(
  definition: AggregateDefinition<Schemas, State, Commands, Services>,
): AggregateRootClass<Schemas, State> & { readonly definition: typeof definition } {
  return class implements AggregateRoot<Schemas, State> {
    static readonly definition = definition
    readonly id: string
    readonly stream: string
    #state: State
    #version: number
    #pending: NewEvent[] = []

    constructor({ id, stream, state, version }: Loaded<State>) {
      this.id = id
      this.stream = stream
      this.#state = state
      this.#version = version
    }

    get state(): State {
      return this.#state
    }

    get version(): number {
      return this.#version
    }

    get pendingEvents(): readonly NewEventOf<Schemas>[] {
      return this.#pending as readonly NewEvent[] as readonly NewEventOf<Schemas>[]
    }

    record<Type extends keyof Schemas & string>(type: Type, input: SchemaInput<Schemas[Type]>): void {
      const data = validateEventData(definition, type, input)
      if (data instanceof Promise) {
        throw new InvalidInputError(
          'invalid-event',
          `The schema of event ${type} is asynchronous, which record cannot await. Use a command with decide.`,
        )
      }
      this.#state = evolveState(definition, this.#state, type, data)
      this.#pending.push({ type, data })
    }

    markSaved(count: number, version: number): void {
      this.#version = version
      this.#pending = this.#pending.slice(count)
    }
  }
}
