import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The sources that are built of a published package: what its manifest exports, its programs, and its threads. */
export function packageEntries(folder: string): readonly string[] {
  const { exports, bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const sources = Object.values<{ '@eventfold/source'?: string }>(exports).flatMap(
    (entry) => entry['@eventfold/source'] ?? [],
  )
  const programs = Object.values<string>(bin).map((file) =>
    file.replace('dist/', 'src/').replace(/js$/, 'ts'),
  )
  // A worker thread is started from a file, so that file is an entry of its own.
  const workers = ['src/writer-worker.ts'].filter((file) => existsSync(join(folder, file)))
  return [...sources, ...programs, ...workers].map((file) => file.replace(/^\.\//, ''))
}
