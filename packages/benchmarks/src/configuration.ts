import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os'

const packages = [
  'better-sqlite3',
  'sqlite3',
  'pg',
  '@event-driven-io/emmett',
  '@event-driven-io/emmett-sqlite',
  '@event-driven-io/emmett-postgresql',
  '@castore/core',
  '@castore/event-storage-adapter-in-memory',
] as const

const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  26: 'apfs',
  16914836: 'tmpfs: NOT A DISK, set TMPDIR to a folder on one',
  2035054128: 'overlayfs',
}

/** What the numbers depend on, apart from the settings of the databases. */
export async function describeConfiguration(): Promise<Readonly<Record<string, string>>> {
  const { type } = await statfs(tmpdir())
  return {
    node: process.version,
    ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}`,
    disk: `${tmpdir()} on ${fileSystems[type] ?? `file system ${type}`}`,
  }
}

/** Not every package exports its manifest. */
function versionOf(name: string): string {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
