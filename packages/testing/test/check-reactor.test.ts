import {
  defineAggregate,
  defineReactor,
  type EventStore,
  type ReactorContext,
  type RecordedEvent,
  typeOf,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { checkReactor } from '@eventfold/testing'
import { expect, test } from 'vitest'

const Account = defineAggregate('account', {
  initialState: 0,
  events: { Opened: typeOf<{ owner: string }>(), Deposited: typeOf<{ cents: number }>() },
  evolve: { Opened: (n) => n, Deposited: (n) => n },
})

const events = [
  { key: '1', type: 'Opened', data: { owner: 'Ada' } },
  { key: '2', type: 'Opened', data: { owner: 'Bob' } },
  { key: '1', type: 'Deposited', data: { cents: 5 } },
  { key: '3', type: 'Opened', data: { owner: 'Cy' } },
] as const

/** A mail service that sends once by key, where it is given one. */
class FakeMail {
  readonly #sent: [key: string, to: string][] = []
  #anonymous = 0

  async send(to: string, key = `anonymous ${++this.#anonymous}`): Promise<void> {
    await Promise.resolve()
    if (!(await this.has(key))) this.#sent.push([key, to])
  }

  async sendOnce(key: string, to: string): Promise<void> {
    await this.send(to, key)
  }

  async append(key: string, to: string): Promise<void> {
    this.#sent.push([key, to])
  }

  async has(key: string): Promise<boolean> {
    return this.#sent.some(([other]) => other === key)
  }

  async count(): Promise<number> {
    return this.#sent.length
  }

  get delivered(): string[] {
    return this.#sent.map(([, to]) => to).sort()
  }
}

const fakes = () => ({
  mail: new FakeMail(),
  seen: new Set<string>(),
  list: [] as string[],
  latest: { owner: '' },
  store: undefined as unknown as EventStore,
})
type Services = ReturnType<typeof fakes>
type Opened = (
  event: RecordedEvent<'Opened', { owner: string }>,
  context: ReactorContext<Services>,
) => unknown

const reactor = (opened: Opened) =>
  defineReactor('mailer', { services: typeOf<Services>(), of: [Account], on: { Opened: opened } })

const check = (mailer: ReturnType<typeof reactor>, schedule?: string) =>
  checkReactor(mailer, {
    open: openMemory,
    events,
    services: fakes,
    observe: ({ mail, list, seen, latest }) => {
      return { mail: mail.delivered, list: [...list].sort(), seen: [...seen].sort(), latest: latest.owner }
    },
    ...(schedule !== undefined && { schedule }),
  })

async function failureOf(checking: Promise<unknown>): Promise<Error> {
  return checking.then(
    () => expect.unreachable(),
    (reason: Error) => reason,
  )
}

test('accepts a reactor that hands on its idempotency key', async () => {
  const careful = reactor(async ({ data }, { services, idempotencyKey }) => {
    await services.mail.send(data.owner, idempotencyKey)
  })
  const { schedules } = await check(careful)
  expect(schedules).toBeGreaterThan(200)
})

test('accepts a reactor that marks an effect as done in the same step', async () => {
  const careful = reactor(({ id, data }, { services }) => services.mail.sendOnce(id, data.owner))
  const { schedules } = await check(careful)
  expect(schedules).toBeGreaterThan(200)
})

test('accepts synchronous effects that are the same the second time', async () => {
  const careful = reactor(({ data }, { services }) => {
    services.seen.add(data.owner)
    services.latest.owner = 'last'
  })
  const { schedules } = await check(careful)
  expect(schedules).toBeGreaterThan(200)
})

test('tells the schedule, what happened again, and what to do', async () => {
  const careless = reactor(async ({ data }, { services }) => {
    await services.mail.send(data.owner)
  })
  const { message } = await failureOf(check(careless))
  const schedule = 'crash after services.mail.send 1, batches of 100, 1 partition'
  expect(message).toBe(
    [
      'mailer: the outcome is another one after a crash',
      '  given     account-1 Opened {"owner":"Ada"}',
      '            account-2 Opened {"owner":"Bob"}',
      '            account-1 Deposited {"cents":5}',
      '            account-3 Opened {"owner":"Cy"}',
      `  schedule  ${schedule}`,
      '  during    account-1 Opened {"owner":"Ada"}',
      '  again     account-1 Opened {"owner":"Ada"}',
      '  expected  {"mail":["Ada","Bob","Cy"],"list":[],"seen":[],"latest":""}',
      '  actual    {"mail":["Ada","Ada","Bob","Cy"],"list":[],"seen":[],"latest":""}',
      '  differs   at /mail/1: "Ada" instead of "Bob"',
      '            at /mail/2: "Bob" instead of "Cy"',
      '            at /mail/3: "Cy" instead of nothing',
      '  advice    An event may be delivered again: hand its idempotencyKey to the service, or store it with the effect.',
      '            Let errors through: what has not succeeded is tried again.',
      `  replay    { schedule: '${schedule}' }`,
    ].join('\n'),
  )
  await expect(check(careless, schedule)).rejects.toThrow(message)
})

let remembered = new Set<string>()

test.for<[name: string, schedule: RegExp, opened: Opened]>([
  [
    'effects without an idempotency key, made synchronously',
    /^crash after services\.list\.push 1,/,
    ({ data }, { services }) => void services.list.push(data.owner),
  ],
  [
    'an effect that is marked as done before it is',
    /^crash (after services\.seen\.add|before services\.mail\.send) 1,/,
    async ({ id, data }, { services }) => {
      if (services.seen.has(id)) return
      services.seen.add(id)
      await services.mail.send(data.owner, id)
    },
  ],
  [
    'an effect that is marked as done after it is',
    /^crash (after services\.mail\.send|before services\.seen\.add) 1,/,
    async ({ id, data }, { services }) => {
      if (services.seen.has(id)) return
      await services.mail.send(data.owner)
      services.seen.add(id)
    },
  ],
  [
    'an error that is swallowed',
    /^fail before services\.mail\.send 1,/,
    async ({ data }, { services, idempotencyKey }) => {
      try {
        await services.mail.send(data.owner, idempotencyKey)
      } catch {}
    },
  ],
  [
    'an error that is caught from the promise',
    /^fail before services\.mail\.send 1,/,
    ({ data }, { services, idempotencyKey }) => {
      return services.mail.send(data.owner, idempotencyKey).catch(() => {})
    },
  ],
  [
    'an effect that nobody waits for',
    /^fail before services\.mail\.send 1,/,
    ({ data }, { services, idempotencyKey }) => {
      void services.mail.send(data.owner, idempotencyKey)
    },
  ],
  [
    'a key that is another one for each attempt',
    /^(crash|fail) after services\.mail\.send 1,/,
    async ({ data }, { services, idempotencyKey, attempt }) => {
      await services.mail.send(data.owner, `${idempotencyKey} ${attempt}`)
    },
  ],
  [
    'a decision by what is outside, which an effect then changes',
    /^(crash|pause) /,
    async ({ data }, { services }) => {
      const number = await services.mail.count()
      await services.mail.send(`${number} ${data.owner}`, `${number}`)
    },
  ],
  [
    'an effect that depends on chance',
    /^no fault,/,
    async (_, { services, idempotencyKey }) => {
      await services.mail.send(`${Math.random()}`, idempotencyKey)
    },
  ],
  [
    'what a program remembers',
    /^no fault,/,
    async ({ id, data }, { services }) => {
      if (remembered.has(id)) return
      remembered.add(id)
      await services.mail.send(data.owner)
    },
  ],
  [
    'a handler that always fails',
    /^no fault,/,
    () => {
      throw new RangeError('never')
    },
  ],
])('rejects %s', async ([, schedule, opened]) => {
  remembered = new Set()
  const { message } = await failureOf(check(reactor(opened)))
  expect(/replay {4}\{ schedule: '(.+)' \}/.exec(message)?.[1]).toMatch(schedule)
})

test('rejects a reactor that is right only while nobody else takes over', async () => {
  // Asks whether it is done, and does it: safe after a crash, and not beside somebody else.
  const hasty = reactor(async ({ data, id }, { services }) => {
    if (await services.mail.has(id)) return
    await services.mail.append(id, data.owner)
  })
  const { message } = await failureOf(check(hasty))
  expect(message).toContain('the outcome is another one when an instance stands still')
  expect(message).toContain('schedule  pause before services.mail.append 1, batches of 100, 1 partition')
})

test('a handler that always fails is reported with its error', async () => {
  const failing = reactor(() => {
    throw new RangeError('never')
  })
  const { message } = await failureOf(check(failing))
  expect(message).toContain('mailer: it does not get to the end, without any fault')
  expect(message).toContain('  actual    RangeError: never')
})

test('a handler that hangs is reported', async () => {
  const hanging = checkReactor(
    reactor(() => new Promise<void>(() => {})),
    { open: openMemory, events, services: fakes, observe: () => 0, patience: 50 },
  )
  await expect(hanging).rejects.toThrow('it does not get to the end, without any fault')
})

test('a consumer that feeds itself for ever is reported', async () => {
  const restless = checkReactor(
    reactor(async (_, { services }) => {
      await services.store.append('account-9', [{ type: 'Opened', data: { owner: 'Di' } }])
    }),
    {
      open: openMemory,
      events,
      services: (store) => ({ ...fakes(), store: store as never }),
      observe: () => 0,
    },
  )
  await expect(restless).rejects.toThrow('It appends events that it reads itself')
})

test('events that no handler is for are refused, and those that do not fit their schema', async () => {
  const idle = checkReactor(
    reactor(() => {}),
    {
      open: openMemory,
      events: [{ type: 'Deposited', data: { cents: 1 } }],
      services: fakes,
      observe: () => 0,
    },
  )
  await expect(idle).rejects.toThrow('none of the events is handled')
})
