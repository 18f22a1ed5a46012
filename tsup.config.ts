import { existsSync, readFileSync } from 'node:fs'
import type { Options } from 'tsup'

// Run in the folder of a published package: what its manifest exports is what is built.
const { exports, bin = {} } = JSON.parse(readFileSync('package.json', 'utf8'))
const sources = Object.values<{ '@eventfold/source'?: string }>(exports).flatMap(
  (entry) => entry['@eventfold/source'] ?? [],
)
const programs = Object.values<string>(bin).map((file) => file.replace('dist/', 'src/').replace(/js$/, 'ts'))
// A worker thread is started from a file, so that file is an entry of its own.
const workers = ['src/writer-worker.ts'].filter((file) => existsSync(file))

const config: Options = {
  entry: [...sources, ...programs, ...workers].map((file) => file.replace(/^\.\//, '')),
  format: 'esm',
  dts: true,
  target: 'es2023',
  platform: 'neutral',
  external: [/^node:/],
  removeNodeProtocol: false,
  clean: true,
  silent: true,
}

export default config
