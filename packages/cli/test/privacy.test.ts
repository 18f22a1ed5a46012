import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { call, parseLines, run } from './eventfold.ts'
import { nameOf, openCustomers, registerCustomers } from './programs/customers.ts'
import { newBank, newStorage, storageKinds, temporaryFolder } from './storage.ts'

/** A store of customers, and a folder with its config. */
async function newCustomers(kind: (typeof storageKinds)[number], note: string) {
  const folder = await temporaryFolder()
  const place = { store: (await newStorage(kind)).address, keys: join(folder, 'keys.db') }
  const store = await openCustomers(place, true)
  onTestFinished(() => store.close())
  await registerCustomers(store, note)
  const program = join(import.meta.dirname, 'programs/customers.ts')
  await writeFile(
    join(folder, 'eventfold.config.mjs'),
    `import { customersConfig } from ${JSON.stringify(program)}\nexport default customersConfig(${JSON.stringify(place)})\n`,
  )
  return { place, store, folder }
}

describe.each(storageKinds)('on %s', (kind) => {
  test('what is known of a person is listed, and forgotten', async () => {
    const { store, folder, place } = await newCustomers(kind, 'a neighbour')
    const known = await run(['personal', '1', '--json'], { cwd: folder })
    expect(known).toMatchObject({ exitCode: 0, errors: '' })
    expect(parseLines(known.output)).toMatchObject([
      { stream: 'customer-1', version: 1, type: 'CustomerRegistered', data: { name: 'Ada Lovelace' } },
    ])
    expect(await call(['rotate-key', '1'], { cwd: folder })).toEqual({
      exitCode: 0,
      output: '1 has another key from now on.\n',
      errors: '',
    })

    const refused = await call(['forget', '1'], { cwd: folder })
    expect(refused).toMatchObject({ exitCode: 2, output: '' })
    expect(refused.errors).toContain('These are built anew: customers.')
    expect(await nameOf(store, '1')).toBe('Ada Lovelace')

    const forgotten = await run(['forget', '1', '--yes'], { cwd: folder })
    expect(forgotten).toMatchObject({ exitCode: 0, errors: '' })
    expect(forgotten.output.split('\n').slice(1)).toEqual([
      '1 event of 1 stream had something personal.',
      'Removed: 1 snapshot.',
      'Built anew: customers.',
      'Of 1 value, none is found in the store.',
      '',
    ])
    const after = await openCustomers(place, false)
    onTestFinished(() => after.close())
    expect(await nameOf(after, '1')).toBe('somebody')
    expect(await nameOf(after, '2')).toBe('Charles Babbage')
    expect(parseLines((await call(['personal', '1', '--json'], { cwd: folder })).output)).toMatchObject([
      { stream: 'customer-1', data: {} },
    ])
    expect(await call(['rotate-key', '1'], { cwd: folder })).toMatchObject({ exitCode: 2, output: '' })
  })
})

test('what is left of a person is told', async () => {
  const { folder } = await newCustomers('sqlite', 'a friend of Ada Lovelace')
  const { exitCode, output } = await call(['forget', '1', '--yes', '--json'], { cwd: folder })
  expect(exitCode).toBe(1)
  expect(JSON.parse(output)).toMatchObject({
    subject: '1',
    readModels: ['customers'],
    found: [{ place: 'event', value: 'CustomerRegistered.name', stream: 'customer-2', version: 2 }],
  })
  const unsearched = await call(['forget', '2', '--yes', '--no-search'], { cwd: folder })
  expect(unsearched).toMatchObject({ exitCode: 0 })
  expect(unsearched.output).toContain('Nothing was searched.')
})

test('on a terminal, somebody is forgotten once their name is typed', async () => {
  const { folder } = await newCustomers('sqlite', 'a neighbour')
  const forget = (input: string) => call(['forget', '1'], { cwd: folder, input, columns: 120 })
  expect(await forget('2\n')).toMatchObject({ exitCode: 2, output: '' })
  const { exitCode, output, errors } = await forget('1\n')
  expect(exitCode).toBe(0)
  expect(errors).toContain('their keys are removed for good. These are built anew: customers.')
  expect(output).toContain('none is found in the store.')
})

test('who interrupts it is told whether the keys are gone, and finishes it by running it again', async () => {
  const { store, folder, place } = await newCustomers('sqlite', 'a neighbour')
  await writeFile(
    join(folder, 'interrupted.config.mjs'),
    `import { once } from 'node:events'
    import config from './eventfold.config.mjs'
    export default {
      ...config,
      async store(context) {
        const store = await config.store(context)
        const { keys } = store.personal.ring
        const { forget } = keys
        keys.forget = async (subject, at) => {
          const heard = once(process, 'SIGINT')
          // A process that only listens for signals ends.
          const alive = setInterval(() => {}, 1000)
          process.kill(process.pid, 'SIGINT')
          await heard
          clearInterval(alive)
          await forget(subject, at)
        }
        return store
      },
    }`,
  )
  const interrupted = await run(['forget', '1', '--yes', '--config', 'interrupted.config.mjs'], {
    cwd: folder,
  })
  expect(interrupted).toMatchObject({ exitCode: 130, output: '' })
  expect(interrupted.errors).toContain('The keys of 1 are gone, but read models may show them still')
  expect(await nameOf(store, '1')).toBe('Ada Lovelace')
  expect(await call(['forget', '1', '--yes'], { cwd: folder })).toMatchObject({ exitCode: 0 })
  const after = await openCustomers(place, false)
  onTestFinished(() => after.close())
  expect(await nameOf(after, '1')).toBe('somebody')
})

test('nobody is forgotten by mistake', async () => {
  const { folder, place } = await newCustomers('sqlite', 'a neighbour')
  for (const command of ['forget', 'rotate-key']) {
    const unknown = await call([command, 'Ada', ...(command === 'forget' ? ['--yes'] : [])], { cwd: folder })
    expect(unknown).toMatchObject({ exitCode: 2, output: '' })
    expect(unknown.errors).toContain('Nothing personal of Ada was ever stored.')
  }
  // Opened by its path, it has no keys.
  for (const command of ['personal', 'forget', 'rotate-key']) {
    const without = await call([command, '1', '--store', place.store], { cwd: folder })
    expect(without).toMatchObject({ exitCode: 2, output: '' })
    expect(without.errors).toContain('opened without `privacy`')
  }
  const { address } = await newBank('sqlite')
  expect((await call(['personal', '1', '--store', address])).exitCode).toBe(2)
})
