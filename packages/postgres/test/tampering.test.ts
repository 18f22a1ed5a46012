import { notariseLog, verifyLog } from '@eventfold/core'
import { expect, test } from 'vitest'
import { testDatabase } from './test-database.ts'

const database = await testDatabase()
const key = 'a key'
const at3 = { position: 3, stream: 'account-1', version: 2 }

/** What the owner of the tables can do: the guards are switched off and on again. */
const tricks: readonly (readonly [string, string, object])[] = [
  ['data', `UPDATE @.events SET data = '{"cents":3}' WHERE position = 3`, { kind: 'changed', ...at3 }],
  [
    'metadata',
    `UPDATE @.events SET metadata = replace(metadata::text, 'ada', 'adb')::json WHERE position = 3`,
    { kind: 'changed', ...at3 },
  ],
  ['tags', `UPDATE @.events SET tags = '{b}' WHERE position = 3`, { kind: 'changed', ...at3 }],
  ['type', `UPDATE @.events SET type = 'Depositee' WHERE position = 3`, { kind: 'changed', ...at3 }],
  [
    'time',
    `UPDATE @.events SET recorded_at = recorded_at + interval '1 millisecond' WHERE position = 3`,
    { kind: 'changed', ...at3 },
  ],
  ['a row', `DELETE FROM @.events WHERE position = 3`, { kind: 'removed', ...at3 }],
  [
    'the first row',
    `DELETE FROM @.events WHERE position = 1`,
    { kind: 'removed', position: 1, stream: 'account-1', version: 1 },
  ],
  [
    'the order',
    `UPDATE @.events SET position = 99 WHERE position = 3;
     UPDATE @.events SET position = 3 WHERE position = 4;
     UPDATE @.events SET position = 4 WHERE position = 99`,
    { kind: 'reordered', position: 3, stream: 'account-2', version: 2 },
  ],
]

test.each(tricks)('a change of %s behind the back of the store is named', async (what, sql, broken) => {
  const schema = `tampered_${what.replaceAll(' ', '_')}`
  const store = await database.open({ schema })
  for (const cents of [1, 2, 3]) {
    const event = { type: 'Deposited', data: { cents }, tags: ['a'], metadata: { actor: 'ada' } }
    await store.append('account-1', [event])
    await store.append('account-2', [event])
  }
  await notariseLog(store, { key, recordSize: 4 })
  expect(await verifyLog(store, { key })).toMatchObject({ verified: 6, broken: undefined })
  await database.pool.query(`
    ALTER TABLE ${schema}.events DISABLE TRIGGER immutable;
    ${sql.replaceAll('@', schema)};
    ALTER TABLE ${schema}.events ENABLE ALWAYS TRIGGER immutable`)
  expect((await verifyLog(store, { key })).broken).toMatchObject(broken)
})
