import { InvalidInputError } from '../errors.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import { validate } from '../event/validate.ts'

/** Something that can be waited for until it reflects a position: every stored read model, and every consumer. */
export interface Awaitable {
  waitFor(
    position: number,
    options?: { readonly timeout?: number; readonly signal?: AbortSignal },
  ): Promise<void>
}

/** A question that can be asked, and who answers it. Made by {@link query}. */
export interface Query<Schema extends StandardSchema = StandardSchema, Answer = unknown> {
  readonly input: Schema
  readonly of: readonly Awaitable[]
  readonly handle: (input: SchemaOutput<Schema>) => Answer | Promise<Answer>
}

/**
 * A question with the schema of its input, and the function that answers it from read models.
 *
 * @param of the read models that it reads, for those who wait for a position
 * @example
 * const orderById = query({ input: z.object({ id: z.string() }), of: [orders], handle: ({ id }) => orders.get(id) })
 */
export function query<Schema extends StandardSchema, Answer>({
  input,
  of = [],
  handle,
}: {
  readonly input: Schema
  readonly of?: readonly Awaitable[]
  readonly handle: (input: SchemaOutput<Schema>) => Answer | Promise<Answer>
}): Query<Schema, Answer> {
  return Object.freeze({ input, of, handle })
}

export interface AskOptions {
  /** Waits until every read model of the query reflects this position: that of an append, or of a command. */
  readonly after?: number | undefined
  /** How long it waits for that, in milliseconds. Default 5,000. */
  readonly timeout?: number
  /** Ends the wait. */
  readonly signal?: AbortSignal
}

/** A query of which only its shape is known. */
type AnyQuery = Pick<Query, 'input' | 'of'> & { readonly handle: (input: never) => unknown }

type AnswerOf<Each> = Each extends { readonly handle: (input: never) => infer Answer }
  ? Awaited<Answer>
  : never
type SchemaOf<Each> = Each extends { readonly input: infer Schema extends StandardSchema } ? Schema : never

/** Answers typed questions. Made by {@link queryBus}. */
export class QueryBus<All extends object> {
  readonly #queries: ReadonlyMap<string, Query>

  /** @internal */
  constructor(queries: All) {
    this.#queries = new Map<string, Query>(Object.entries(queries))
  }

  /**
   * Parses the input, waits for `after` where it is given, and answers.
   *
   * @throws InvalidInputError `invalid-query`: no such query, or its input is not valid
   * @throws WaitTimeoutError a read model is not as far in time; ConsumerFailedError it cannot be
   * @throws what the handler throws, as it is
   * @example
   * const { position } = await bus.send({ command: 'order.pay', to: '7', input: { cents } })
   * const order = await queries.ask('orderById', { id: '7' }, { after: position })
   */
  async ask<Name extends keyof All & string>(
    name: Name,
    input: SchemaInput<SchemaOf<All[Name]>>,
    options: AskOptions = {},
  ): Promise<AnswerOf<All[Name]>> {
    const { after, ...wait } = options
    const asked = this.#queries.get(name)
    if (asked === undefined) {
      throw new InvalidInputError('invalid-query', `Nobody answers the query ${String(name)}.`)
    }
    const parsed = await validate(asked.input, input, 'invalid-query', `input of query ${name}`)
    if (after !== undefined) await Promise.all(asked.of.map((model) => model.waitFor(after, wait)))
    return (await asked.handle(parsed)) as AnswerOf<All[Name]>
  }
}

/**
 * Gathers queries, to be asked by name.
 *
 * @example
 * const queries = queryBus({ orderById, ordersOf })
 * const order = await queries.ask('orderById', { id: '7' })
 */
export function queryBus<All extends Readonly<Record<string, AnyQuery>>>(queries: All): QueryBus<All> {
  return new QueryBus(queries)
}
