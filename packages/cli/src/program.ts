import { readFileSync } from 'node:fs'
import { Command } from '@commander-js/extra-typings'
import { commands } from './commands.ts'
import type { Invocation } from './invocation.ts'
import type { CommandGroup } from './store-options.ts'

/** The command line, with all its commands. It throws what goes wrong, and ends no process. */
export function program(invocation: Invocation): CommandGroup {
  const root = new Command('eventfold')
    .description('Look at what an Eventfold store holds, and repair what does not go on by itself.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .addHelpText('after', exitCodes)
    .exitOverride()
    // An error is told once, by whoever called.
    .configureOutput({
      outputError: () => {},
      writeOut: (text) => void invocation.output.write(text),
      writeErr: (text) => void invocation.errors.write(text),
    })
    .enablePositionalOptions()
  for (const register of commands) register(root, invocation)
  return root
}

const exitCodes = `
Exit codes:
  0  done
  1  a check has found something
  2  wrong usage; nothing was done
  3  the store, the config or a file does not work
`

function version(): string {
  const manifest = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version
}
