import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { count, ProgressDisplay } from '@eventfold/example-terminal'
import { formatMoney } from '../money.ts'
import type { Summaries } from '../read-models.ts'
import { beginRebuild } from './begin-rebuild.ts'
import type { StoreName } from './demo-arguments.ts'
import type { DemoStore } from './open-demo-store.ts'

const killedRebuild = fileURLToPath(new URL('./killed-rebuild.ts', import.meta.url))

/** Rebuilds the summaries, interrupted in the middle, while those of before are read. */
export async function showRebuild(
  { store, address }: DemoStore,
  storeName: StoreName,
  { summaries, account }: { summaries: Summaries; account: string },
  output: NodeJS.WritableStream,
) {
  const print = (text: string) => output.write(`${text}\n`)
  print('The summaries are rebuilt beside those that serve\n')
  // A demo that was interrupted may have left one.
  await summaries.cancelRebuild()
  if (address === undefined) {
    await beginRebuild(store, output)
    print('  Interrupted, not killed: the memory would be gone with its process.')
  } else {
    const pid = await killInTheMiddle(storeName, address)
    print(`  Process ${pid}, which did that, was killed (SIGKILL).`)
  }
  const meanwhile = await summaries.get(account)
  print(`  Meanwhile the old ones serve: account ${account} has ${formatMoney(meanwhile?.balance ?? 0)}.`)

  const progress = new ProgressDisplay(output, await store.head(), 'positions')
  await summaries.rebuild({ progressInterval: 50, onProgress: ({ done }) => progress.update(done) })
  progress.end()
  print('  Taken up where it had ended, and finished: the new ones serve.')

  const { complete, expected, handled } = await summaries.audit()
  print(
    `  Made of ${count(handled)} of ${count(expected)} events, ${complete ? 'each once' : 'and NOT each once'}.`,
  )
  const { checked, differences } = await summaries.check({ all: true })
  print(
    `  Computed anew, ${count(checked - differences.length)} of ${count(checked)} are what the events say.`,
  )
}

/** Resolves with the id of a process that was killed while it rebuilt the summaries. */
async function killInTheMiddle(store: StoreName, address: string) {
  const child = spawn(process.execPath, [...process.execArgv, killedRebuild, store], {
    // Not an argument, which others on the machine may read: there may be a password in it.
    env: { ...process.env, BANK_DATABASE: address },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [exitCode, signal] = await once(child, 'exit')
  if (signal !== 'SIGKILL') throw new Error(`The process ended with ${exitCode} before it was killed.`)
  return child.pid
}
