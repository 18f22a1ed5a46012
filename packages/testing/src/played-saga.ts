import { type Codec, InvalidInputError, type RecordedEvent } from '@eventfold/core'
import type { SagaAdvance, SagaRecord, SagaRules } from '@eventfold/core/adapter'
import { type AnyGivenEvent, recordGiven } from './given-event.ts'
import type { AnyGivenInput } from './given-input.ts'
import { testIds } from './test-clock.ts'

type Sent = SagaRecord['waiting'][string]

const kinds = ['done', 'refused', 'failed'] as const

/** One instance of a saga that is given its inputs, one after another, as a store would give them. */
export class PlayedSaga {
  readonly #rules: SagaRules
  readonly #codec: Codec
  readonly #newId = testIds()
  #key: string | undefined
  #last: RecordedEvent | undefined
  #position = 0
  record: SagaRecord | undefined
  /** What has followed from the last input. */
  advance: SagaAdvance | undefined

  constructor(rules: SagaRules, codec: Codec) {
    this.#rules = rules
    this.#codec = codec
  }

  async give(input: AnyGivenInput): Promise<void> {
    const event = 'type' in input ? await this.#recorded(input as never) : this.#own(input)
    this.#last = event
    this.#key ??= this.#rules.keysOf(event)[0]
    if (this.#key === undefined || !this.#rules.keysOf(event).includes(this.#key)) {
      throw new InvalidInputError(
        'invalid-event',
        `The event ${event.type} is not for the instance of the others.`,
      )
    }
    this.advance = this.#rules.advance(this.#key, this.#read(), event)
    // As a store would keep it.
    this.record = this.advance === undefined ? this.record : this.#stored(this.advance.record)
  }

  async #recorded(given: AnyGivenEvent): Promise<RecordedEvent> {
    const { of } = this.#rules.definition
    const time = given.recordedAt ?? this.#last?.recordedAt
    const [event] = await recordGiven(
      of,
      [{ ...given, ...(time !== undefined && { recordedAt: time }) }],
      this.#codec,
    )
    return { ...(event as RecordedEvent), id: given.id ?? this.#newId(), position: ++this.#position }
  }

  #own(input: AnyGivenInput): RecordedEvent {
    const { type, data, id = this.#newId() } = this.#entry(input)
    const { name } = this.#rules.definition
    return {
      id,
      stream: `saga:${name}-${this.#key ?? ''}`,
      version: 1,
      position: ++this.#position,
      type,
      schemaVersion: 1,
      data: this.#codec.decode(this.#codec.encode(data, '')),
      metadata: {},
      tags: [],
      recordedAt: (input['at'] as Date | undefined) ?? this.#last?.recordedAt ?? new Date(0),
    }
  }

  #entry(input: AnyGivenInput): { readonly type: string; readonly data: unknown; readonly id?: string } {
    if ('retried' in input) return { type: 'SagaRetried', data: {} }
    if ('timer' in input) {
      const { timer } = input
      return this.#timer(`timer ${timer}`, (set) => 'name' in set && set.name === timer)
    }
    if ('timedOut' in input) {
      const { key, command } = this.#waiting(input['timedOut'], input)
      return this.#timer(`time-out of ${command}`, (set) => 'timeout' in set && set.timeout === key)
    }
    const kind = kinds.find((each) => each in input)
    if (kind === undefined)
      throw new InvalidInputError('invalid-event', 'A given input is none that a saga has.')
    const { key, attempt } = this.#waiting(input[kind], input)
    const { value, code, message = 'no' } = input
    if (kind === 'done')
      return { type: 'CommandDone', data: { key, attempt, ...(value !== undefined && { value }) } }
    const error = {
      name: kind === 'refused' ? 'DomainError' : 'Error',
      message,
      ...(code !== undefined && { code }),
    }
    return { type: kind === 'refused' ? 'CommandRefused' : 'CommandFailed', data: { key, attempt, error } }
  }

  #waiting(command: unknown, { to, as }: AnyGivenInput): Sent {
    const found = Object.values(this.record?.waiting ?? {}).find((sent) => {
      return sent.command === command && (to ?? sent.to) === sent.to && (as ?? sent.as) === sent.as
    })
    if (found !== undefined) return found
    throw new InvalidInputError('invalid-event', `The saga does not wait for ${String(command)}.`)
  }

  #timer(what: string, isMeant: (timer: SagaRecord['timers'][string]) => boolean) {
    const found = Object.entries(this.record?.timers ?? {}).find(([, timer]) => isMeant(timer))
    if (found === undefined) throw new InvalidInputError('invalid-event', `The saga has no ${what} set.`)
    return { type: 'TimerFired', data: {}, id: found[0] }
  }

  #read(): SagaRecord | undefined {
    return this.record && this.#stored(this.record)
  }

  #stored(record: SagaRecord): SagaRecord {
    return this.#codec.decode(this.#codec.encode(record, '')) as SagaRecord
  }
}
