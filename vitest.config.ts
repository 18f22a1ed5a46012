import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config'
import { bundlePackages } from './.ci/bundle-packages.ts'

const root = import.meta.dirname
// Tests start some hundred processes of Node: bundled and compiled once, they start in a quarter of the time.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/compiled')
// Who watches wants the sources as they are by now. The file is read once for each project.
if (process.argv.includes('run') && !process.env['EVENTFOLD_BUNDLES']) {
  process.env['EVENTFOLD_BUNDLES'] = await bundlePackages(root, join(root, 'node_modules/.cache/bundled'))
  process.env['NODE_OPTIONS'] =
    `${process.env['NODE_OPTIONS'] ?? ''} --import ${pathToFileURL(join(root, '.ci/load-bundles.mjs'))}`
}

const workspaces = ['packages', 'examples']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
  .concat('docs')
  .filter((folder) => existsSync(join(root, folder, 'test')))

/** One project per workspace. A server is started for those that depend on the package that has one. */
function project(folder: string): TestProjectInlineConfiguration {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const dependencies = { ...manifest.dependencies, ...manifest.devDependencies }
  const needsPostgres =
    manifest.name === '@eventfold/local-postgres' || '@eventfold/local-postgres' in dependencies
  return {
    extends: true,
    test: {
      name: folder.split('/').at(-1) ?? folder,
      dir: join(root, folder),
      include: ['test/**/*.test.ts'],
      // Files share a process, which then need not load everything anew.
      isolate: false,
      // Each program of the docs is a process of its own.
      ...(folder === 'docs' && { maxConcurrency: 2 }),
      globalSetup: needsPostgres ? [join(root, 'packages/local-postgres/src/vitest-setup.ts')] : [],
    },
  }
}

/** All type tests, by one run of the compiler. */
const types: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'types',
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      include: ['{packages,examples}/*/test/**/*.test-d.ts'],
      tsconfig: 'tsconfig.json',
      // Errors elsewhere are what `pnpm typecheck` is for.
      ignoreSourceErrors: true,
    },
  },
}

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ['@eventfold/source'] },
  ssr: { resolve: { conditions: ['@eventfold/source'], externalConditions: ['@eventfold/source'] } },
  test: {
    // Most of them wait for a disk, a server or a lease now and then; half as many again use that time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    fsModuleCache: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [...workspaces.map(project), types],
  },
})

export default config
