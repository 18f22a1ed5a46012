// Runs the demo of an example: `demo`, `demo bank`, `demo orders`, each with its own arguments.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const demos: Readonly<Record<string, string>> = {
  bank: '../../bank-accounts/src/demo.ts',
  orders: '../../orders/src/demo.ts',
}

const [first = 'bank', ...rest] = process.argv
  .slice(2)
  .filter((argument, index) => index > 0 || argument !== '--')
const isName = Object.hasOwn(demos, first)
const program = fileURLToPath(new URL((isName ? demos[first] : demos['bank']) as string, import.meta.url))
// What is no name of a demo is meant for that of the bank, such as the path of a statement.
const args = isName ? rest : [first, ...rest]
const child = spawn(process.execPath, [...process.execArgv, program, ...args], { stdio: 'inherit' })
const [exitCode] = await once(child, 'exit')
process.exitCode = typeof exitCode === 'number' ? exitCode : 1
