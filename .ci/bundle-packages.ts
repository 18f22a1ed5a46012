import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageEntries } from './package-entries.ts'

/**
 * Bundles the packages as they are published, unless `cache` has these sources already. A process that loads a few
 * bundles instead of some hundred sources starts in a fraction of the time.
 *
 * @returns path of the list that `load-bundles.mjs` goes by
 */
export async function bundlePackages(root: string, cache: string): Promise<string> {
  const folder = join(cache, hashOfSources(root))
  const list = join(folder, 'bundles.json')
  if (existsSync(list)) return list

  removeOld(cache)
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'draft-'))
  const bundles: Record<string, string> = {}
  for (const manifest of globSync('packages/*/package.json', { cwd: root })) {
    if (JSON.parse(readFileSync(join(root, manifest), 'utf8')).private) continue
    const name = dirname(manifest)
    await bundlePackage(join(root, name), join(draft, name))
    for (const entry of packageEntries(join(root, name))) {
      bundles[urlOf(root, name, entry)] = urlOf(folder, name, 'dist', `${outputOf(entry)}.js`)
    }
  }
  const contents = { from: urlOf(root, 'packages/'), to: urlOf(folder, 'packages/'), bundles }
  writeFileSync(join(draft, 'bundles.json'), JSON.stringify(contents))
  try {
    renameSync(draft, folder)
  } catch (error) {
    // Another run was faster.
    rmSync(draft, { recursive: true })
    if (!existsSync(list)) throw error
  }
  return list
}

async function bundlePackage(source: string, target: string): Promise<void> {
  const { build } = await import('tsup')
  const entries = packageEntries(source).map((entry) => [outputOf(entry), join(source, entry)])
  await build({
    config: false,
    entry: Object.fromEntries(entries),
    outDir: join(target, 'dist'),
    format: 'esm',
    target: 'node24',
    platform: 'node',
    external: [/^[^./]/],
    // Of its many files core needs one.
    noExternal: ['uuid'],
    removeNodeProtocol: false,
    silent: true,
  })
  copyFileSync(join(source, 'package.json'), join(target, 'package.json'))
}

/** Removes what was made of sources of yesterday and before: no run takes that long. */
function removeOld(cache: string): void {
  const yesterday = Date.now() - 24 * 60 * 60 * 1000
  for (const name of globSync('*', { cwd: cache })) {
    const folder = join(cache, name)
    if (statSync(folder).mtimeMs < yesterday) rmSync(folder, { recursive: true, force: true })
  }
}

/** The bundle of an entry, in the folder of those and without its extension. */
function outputOf(entry: string): string {
  return entry.replace(/^src\//, '').replace(/\.ts$/, '')
}

function urlOf(...path: readonly string[]): string {
  return pathToFileURL(join(...path)).href
}

function hashOfSources(root: string): string {
  const hash = createHash('sha256')
  const files = globSync(['*.ts', '.ci/*.{ts,mjs}', 'packages/*/package.json', 'packages/*/src/**/*.ts'], {
    cwd: root,
  }).sort()
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}
