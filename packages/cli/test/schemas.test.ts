import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bankConfig, call, run } from './eventfold.ts'
import { temporaryFolder } from './storage.ts'

const zod = import.meta.resolve('zod')
const core = import.meta.resolve('@eventfold/core')

/** A folder where configs of this text can be, each under a name of its own. */
async function folderOfConfigs() {
  const folder = await temporaryFolder()
  let count = 0
  return {
    folder,
    lock: join(folder, 'events.lock.json'),
    async schemas(command: 'check' | 'write', text: string, ...args: readonly string[]) {
      const config = join(folder, `config-${++count}.mjs`)
      await writeFile(
        config,
        `import { z } from ${JSON.stringify(zod)}
        import { defineUpcasters } from ${JSON.stringify(core)}
        const account = (events) => ({ category: 'account', events, initialState: {}, evolve: {} })
        export default ${text}`,
      )
      return call(['schemas', command, '--config', config, ...args])
    },
  }
}

const first = '{ aggregates: [account({ Opened: z.object({ owner: z.string() }) })] }'
const changed = '{ aggregates: [account({ Opened: z.object({ name: z.string() }) })] }'
const upcast = `{
  aggregates: [account({ Opened: z.object({ name: z.string() }) })],
  upcasters: defineUpcasters({ Opened: [({ owner }) => ({ name: owner })] }),
  outboxes: [{ name: 'notices', messages: { Sent: z.object({}) } }],
}`

test('a lock is written and checked, without a store', async () => {
  const lock = join(await temporaryFolder(), 'bank.lock.json')
  const written = await run(['schemas', 'write', '--config', bankConfig, '--lock', lock])
  expect(written).toEqual({ exitCode: 0, output: `${lock}: 4 events, written.\n`, errors: '' })
  expect(await run(['schemas', 'check', '--config', bankConfig, '--lock', lock])).toEqual({
    exitCode: 0,
    output: `${lock}: 4 events, all as locked.\n`,
    errors: '',
  })
  const again = await call(['schemas', 'write', '--config', bankConfig, '--lock', lock, '--json'])
  expect(JSON.parse(again.output)).toEqual({ file: lock, written: false, hidden: [], problems: [] })
})

test('a change that events of before do not survive is told, and hidden only with consent', async () => {
  const { schemas, lock } = await folderOfConfigs()
  expect((await schemas('check', first)).errors).toContain('eventfold schemas write')
  expect((await schemas('write', first)).exitCode).toBe(0)
  const before = await readFile(lock, 'utf8')

  const check = await schemas('check', changed)
  expect(check).toMatchObject({ exitCode: 1, errors: '' })
  expect(check.output).toMatch(/^changed +account +Opened +Events of version 1 of Opened may not fit/m)
  const refused = await schemas('write', changed)
  expect(refused).toMatchObject({ exitCode: 2, output: '' })
  expect(refused.errors).toContain('/name is required')
  expect(await readFile(lock, 'utf8')).toBe(before)

  const { exitCode, output } = await schemas('check', upcast, '--json')
  expect(exitCode).toBe(1)
  expect(JSON.parse(output)).toMatchObject({
    file: lock,
    ok: false,
    problems: [
      { code: 'not-locked', category: 'account', type: 'Opened' },
      { code: 'not-locked', category: 'outbox:notices', type: 'Sent' },
    ],
  })
  expect(await schemas('write', upcast)).toMatchObject({
    exitCode: 0,
    output: `${lock}: 2 events, written.\n`,
  })
  expect((await schemas('check', upcast)).exitCode).toBe(0)

  // Now the lock has version 2, which no lock takes back.
  const back = await schemas('write', changed, '--yes')
  expect(back.exitCode).toBe(1)
  expect(back.output).toContain('What no lock can hide:\nversion-went-back (account)')
})

test('a lock that is none, and a config without events, are told', async () => {
  const { schemas, lock } = await folderOfConfigs()
  await writeFile(lock, '<<<<<<< HEAD')
  const broken = await schemas('check', first)
  expect(broken).toMatchObject({ exitCode: 3, output: '' })
  expect(broken.errors).toContain('is no JSON. (file)')
  await writeFile(lock, '{}')
  expect(await schemas('write', first)).toMatchObject({ exitCode: 2, output: '' })
  expect((await schemas('check', '{}')).errors).toContain('`aggregates` and `outboxes`')
})
