// Packs every published package, installs the tarballs as a stranger would, and uses every entry of them.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'eventfold-packed-'))

const published = readdirSync(join(root, 'packages'))
  .map((name) => ({
    folder: join(root, 'packages', name),
    manifest: readManifest(join(root, 'packages', name)),
  }))
  .filter(({ manifest }) => !manifest.private)
const CHECK_EXPORTS = `
function check(entry, module) {
  if (Object.keys(module).length === 0) throw new Error(entry + ' exports nothing')
}`
const entries = published.flatMap(({ manifest }) =>
  Object.keys(manifest.exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => manifest.name + entry.slice(1)),
)

try {
  const tarballs = published.map(({ folder, manifest }) => {
    run('pnpm', ['pack', '--pack-destination', scratch], folder)
    return `./${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
  })
  install(tarballs)
  for (const { manifest } of published) checkManifest(manifest.name)
  checkImport()
  checkRequire()
  checkUse()
  checkCommandLine()
  checkTypes('nodenext', { module: 'nodenext', moduleResolution: 'nodenext' })
  checkTypes('bundler', { module: 'esnext', moduleResolution: 'bundler' })
  // Core and memory ask for no types of Node, and for no newer `lib` than the oldest Node has.
  const plain = entries.filter((entry) => /^@eventfold\/(core|memory)/.test(entry))
  checkTypes('plain', { module: 'nodenext', target: 'es2022', types: [] }, plain)
  console.log(
    `${published.length} packages, ${entries.length} entries: installed, imported, required, used, typechecked`,
  )
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function install(tarballs) {
  const companions = [
    installed('zod', 'packages/core'),
    installed('better-sqlite3', 'packages/sqlite'),
    installed('pg', 'packages/postgres'),
    installed('fast-check', 'packages/testing'),
    installed('@types/node', '.'),
    `typescript@${readManifest(join(root, 'node_modules/@typescript/native')).version}`,
  ]
  writeFileSync(join(scratch, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs, ...companions], scratch)
}

function checkManifest(name) {
  const folder = join(scratch, 'node_modules', name)
  const text = readFileSync(join(folder, 'package.json'), 'utf8')
  if (/"(workspace|catalog):/.test(text))
    throw new Error(`${name}: its manifest names the workspace:\n${text}`)
  const expected = ['LICENSE', 'README.md', 'dist', 'package.json']
  const files = readdirSync(folder).filter((file) => file !== 'node_modules')
  if (files.sort().join() !== expected.join()) throw new Error(`${name} holds ${files}, expected ${expected}`)
}

function checkImport() {
  const lines = entries.map(
    (entry) => `check(${JSON.stringify(entry)}, await import(${JSON.stringify(entry)}))`,
  )
  writeFileSync(join(scratch, 'import.mjs'), [CHECK_EXPORTS, ...lines].join('\n'))
  run(process.execPath, ['import.mjs'], scratch)
}

function checkRequire() {
  const lines = entries.map((entry) => `check(${JSON.stringify(entry)}, require(${JSON.stringify(entry)}))`)
  writeFileSync(join(scratch, 'require.cjs'), [CHECK_EXPORTS, ...lines].join('\n'))
  run(process.execPath, ['require.cjs'], scratch)
}

/** The thread of a writer is a file of its own, which only the built package shows to be found. */
function checkUse() {
  const use = `
import assert from 'node:assert/strict'
import { isEventfoldError } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { openSqlite } from '@eventfold/sqlite'

for (const open of [openMemory, () => openSqlite('same.db'), () => openSqlite('own.db', { workerThread: true })]) {
  const store = await open()
  await store.append('account-1', [{ type: 'Opened', data: { owner: 'Ada' } }], { expected: 'no-stream' })
  assert.deepEqual((await store.readStream('account-1'))[0].data, { owner: 'Ada' })
  const conflict = await store.append('account-1', [{ type: 'Opened', data: {} }], { expected: 9 }).catch((error) => error)
  assert.ok(isEventfoldError(conflict, 'concurrency') && conflict.actual === 1)
  await store.close()
}`
  writeFileSync(join(scratch, 'use.mjs'), use)
  run(process.execPath, ['use.mjs'], scratch)
}

/** The bin of the package, as npm links it, with a config in the folder. */
function checkCommandLine() {
  const config = `
import { defineConfig } from '@eventfold/cli'
export default defineConfig({ store: 'same.db', aggregates: [{ category: 'account', events: {}, initialState: 0, evolve: { Opened: () => 1 } }] })`
  writeFileSync(join(scratch, 'eventfold.config.mjs'), config)
  const output = run('npx', ['--no-install', 'eventfold', 'show', 'account-1', '--state', '--json'], scratch)
  if (JSON.parse(output).state !== 1) throw new Error(`eventfold printed\n${output}`)
}

function checkTypes(name, options, checked = entries) {
  const folder = join(scratch, `types-${name}`)
  mkdirSync(folder)
  const compilerOptions = {
    target: 'es2023',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  // Anything that resolves to `any` would satisfy every use: a module of type `any` is an error here.
  const lines = checked.flatMap((entry, index) => [
    `import * as entry${index} from ${JSON.stringify(entry)}`,
    `export const known${index}: 0 extends 1 & typeof entry${index} ? never : object = entry${index}`,
  ])
  writeFileSync(join(folder, 'consumer.ts'), lines.join('\n'))
  run(process.execPath, [join(scratch, 'node_modules/typescript/bin/tsc'), '-p', folder], scratch)
}

/** The version that the workspace has tested with. */
function installed(name, workspace) {
  return `${name}@${readManifest(join(root, workspace, 'node_modules', name)).version}`
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', env: outsideEnvironment() })
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout ?? ''}${error.stderr ?? error.message}`)
  }
}

/** Without the options and conditions of this workspace: a stranger has none of them. */
function outsideEnvironment() {
  const { NODE_OPTIONS, NODE_PATH, ...rest } = process.env
  return rest
}
