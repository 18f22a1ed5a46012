import { defineStepSaga, type EventStore, repository } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { checkSaga } from '@eventfold/testing'
import { expect, test } from 'vitest'
import { Account, TestBank, Transfer } from '../src/contract/transfers.ts'

/** As short as can be: the number of runs grows with that of steps. */
const Gift = defineStepSaga('gift', {
  of: [Transfer],
  sends: [Account],
  startedBy: ['TransferRequested'],
  data: ({ data }) => data,
  steps: [
    { name: 'give', action: ({ to, cents }) => ({ command: 'account.deposit', to, input: { cents } }) },
  ],
})

const options = {
  open: openMemory,
  events: [{ key: '7', type: 'TransferRequested', data: { from: 'ada', to: 'bob', cents: 5 } }],
  observe: async (store: EventStore) => {
    const { state, version } = await repository(Account, store).load('bob')
    return [state, version]
  },
} as const

test('a saga whose commands have one effect comes to the same end, whatever crashes', {
  timeout: 60_000,
}, async () => {
  const { schedules } = await checkSaga(Gift, { ...options, bus: (store) => new TestBank(store).bus })
  expect(schedules).toBeGreaterThan(100)
})

test('a bus that forgets the keys of commands is found out', async () => {
  const forgetful = checkSaga(Gift, {
    ...options,
    bus: (store) => {
      const { bus } = new TestBank(store)
      return { send: (command) => bus.send(command) }
    },
  })
  await expect(forgetful).rejects.toThrow(/crash after bus.send 1/)
})
