import { notariseLog, verifyLog } from '@eventfold/core'
import { expect, test } from 'vitest'
import { openHandle, openTestStore } from './open-test-store.ts'

const key = 'a key'
const at3 = { position: 3, stream: 'account-1', version: 2 }

/** What somebody with the file and time can do: the guards are taken away and put back. */
const tricks: readonly (readonly [string, string, object])[] = [
  [
    'data',
    `UPDATE eventfold_events SET data = '{"cents":3}' WHERE position = 3`,
    { kind: 'changed', ...at3 },
  ],
  [
    'metadata',
    `UPDATE eventfold_events SET metadata = replace(metadata, 'ada', 'adb') WHERE position = 3`,
    { kind: 'changed', ...at3 },
  ],
  ['tags', `UPDATE eventfold_events SET tags = '["b"]' WHERE position = 3`, { kind: 'changed', ...at3 }],
  ['type', `UPDATE eventfold_events SET type = 'Depositee' WHERE position = 3`, { kind: 'changed', ...at3 }],
  [
    'time',
    `UPDATE eventfold_events SET recorded_at = recorded_at + 1 WHERE position = 3`,
    { kind: 'changed', ...at3 },
  ],
  ['a row', `DELETE FROM eventfold_events WHERE position = 3`, { kind: 'removed', ...at3 }],
  [
    'the first row',
    `DELETE FROM eventfold_events WHERE position = 1`,
    { kind: 'removed', position: 1, stream: 'account-1', version: 1 },
  ],
  [
    'the order',
    `UPDATE eventfold_events SET position = 99 WHERE position = 3;
     UPDATE eventfold_events SET position = 3 WHERE position = 4;
     UPDATE eventfold_events SET position = 4 WHERE position = 99`,
    { kind: 'reordered', position: 3, stream: 'account-2', version: 2 },
  ],
]

test.each(tricks)('a change of %s behind the back of the store is named', async (_, sql, broken) => {
  const store = await openTestStore()
  for (const cents of [1, 2, 3]) {
    const event = { type: 'Deposited', data: { cents }, tags: ['a'], metadata: { actor: 'ada' } }
    await store.append('account-1', [event])
    await store.append('account-2', [event])
  }
  await notariseLog(store, { key, recordSize: 4 })
  expect(await verifyLog(store, { key })).toMatchObject({ verified: 6, broken: undefined })
  const database = openHandle(store.path)
  const triggers = database
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all()
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`)
  database.exec(sql)
  for (const trigger of triggers) database.exec(trigger.sql)
  expect((await verifyLog(store, { key })).broken).toMatchObject(broken)
})
