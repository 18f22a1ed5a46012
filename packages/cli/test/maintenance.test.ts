import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { call, run } from './eventfold.ts'
import { newBank, storageKinds, temporaryFolder } from './storage.ts'

describe.each(storageKinds)('on %s', (kind) => {
  test('a stream is closed, opened, truncated and archived', async () => {
    const { store, address } = await newBank(kind)
    const folder = await temporaryFolder()
    const deposits = Array.from({ length: 5 }, () => ({ type: 'MoneyDeposited', data: { cents: 1 } }))
    await store.append('sensor-1', deposits)
    const eventfold = (...args: string[]) => call([...args, '--store', address], { cwd: folder })

    expect(await eventfold('close', 'sensor-1')).toMatchObject({
      exitCode: 0,
      output: 'sensor-1 is closed, at version 5.\n',
    })
    await expect(store.append('sensor-1', deposits)).rejects.toMatchObject({ code: 'stream-closed' })
    expect(JSON.parse((await eventfold('reopen', 'sensor-1', '--json')).output)).toEqual({
      stream: 'sensor-1',
      version: 5,
      closed: false,
    })

    const refused = await eventfold('truncate', 'sensor-1', '--before', '3')
    expect(refused).toMatchObject({ exitCode: 2, output: '' })
    expect(refused.errors).toContain('The events of sensor-1 before version 3 are removed for good.')
    expect(await store.readStream('sensor-1')).toHaveLength(5)
    const truncated = await run(['truncate', 'sensor-1', '--before', '3', '--yes', '--store', address])
    expect(truncated).toEqual({
      exitCode: 0,
      output: 'Removed 2 events. sensor-1 has versions 3 to 5 now.\n',
      errors: '',
    })
    expect((await eventfold('streams')).output).toContain('sensor-1')
    expect((await eventfold('truncate', 'sensor-1', '--before', '9', '--yes')).errors).toContain(
      'version-not-found',
    )

    expect(
      await run(['archive', 'sensor-1', 'old.jsonl', '--store', address], { cwd: folder }),
    ).toMatchObject({
      exitCode: 2,
      output: '',
    })
    const archived = await run(['archive', 'sensor-1', 'old.jsonl', '--yes', '--json', '--store', address], {
      cwd: folder,
    })
    expect(JSON.parse(archived.output)).toMatchObject({ archived: 3, file: join(folder, 'old.jsonl') })
    const lines = (await readFile(join(folder, 'old.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual([
      'format',
      'event',
      'event',
      'event',
      'end',
    ])
    const [tombstone, ...others] = await store.readStream('sensor-1')
    expect([tombstone?.type, tombstone?.version, others]).toEqual(['StreamArchived', 6, []])
    expect((await eventfold('archive', 'sensor-1', 'old.jsonl', '--yes')).errors).toContain('already')
    expect((await eventfold('archive', 'sensor-1', 'again.jsonl', '--yes')).output).toBe(
      'sensor-1 was archived before.\n',
    )
    expect(await eventfold('close', 'sensor-9')).toMatchObject({ exitCode: 3, output: '' })
  })

  test('what was written down is verified, and a change behind the back of the store is found', async () => {
    const { store, address } = await newBank(kind)
    await store.append('sensor-1', [{ type: 'Measured', data: { value: 7 } }])
    const env = { EVENTFOLD_NOTARY_KEY: 'a secret of 32 characters at least' }
    const eventfold = (...args: string[]) => call([...args, '--store', address, '--json'], { env })
    const notarised = JSON.parse((await eventfold('notarise')).output)
    expect(notarised).toMatchObject({
      position: await store.head(),
      seal: expect.stringMatching(/^[0-9a-f]+$/),
    })
    const known = `${notarised.position}:${notarised.seal}`
    const intact = await run(['verify', '--known', known, '--store', address], { env })
    expect(intact).toMatchObject({ exitCode: 0, errors: '' })
    expect(intact.output).toMatch(/^All is as it was written down: \d+ events, up to position \d+\.\n$/)
    expect(await call(['verify', '--store', address], {})).toMatchObject({ exitCode: 1 })
    expect(await call(['verify', '--known', 'x', '--store', address], { env })).toMatchObject({ exitCode: 2 })
  })
})
