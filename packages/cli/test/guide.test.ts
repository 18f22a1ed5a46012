import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { blocksOf, difference } from '../../../docs/test/blocks.ts'
import { call, run } from './eventfold.ts'

const page = 'docs/guides/command-line.md'

interface Step {
  readonly command: string
  readonly output: string
}

/** What the console blocks of a page say: commands after `$`, each with what it prints. */
function stepsOf(markdown: string): readonly Step[] {
  const consoles = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '')
  return consoles.flatMap((text) =>
    text
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = '', ...lines] = step.trimEnd().split('\n')
        return { command, output: lines.join('\n') }
      }),
  )
}

/** Runs what a reader types: a program as a process, the command line in this one. */
async function execute(command: string, folder: string): Promise<string> {
  const [, line = '', echo] = /^npx eventfold (.*?)(; echo "exit code \$\?")?$/.exec(command) ?? []
  if (line === '') return runProgramFile(command, folder)
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
  // Snapshots belong to code that is compiled in the same way.
  const start = words[0] === 'snapshots' ? run : call
  const { exitCode, output } = await start(words, { cwd: folder, mixed: true })
  return `${output}${echo === undefined ? '' : `exit code ${exitCode}\n`}`
}

function runProgramFile(command: string, cwd: string): Promise<string> {
  const [, file] = /^node (\S+)$/.exec(command) ?? []
  if (file === undefined) throw new Error(`It is not known how to run: ${command}`)
  const child = spawn(process.execPath, ['-C', '@eventfold/source', file], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })
}

test('the guide prints what it says', async () => {
  const markdown = await readFile(join(import.meta.dirname, '../../..', page), 'utf8')
  // In this folder, so that its programs find the packages.
  const folder = await mkdtemp(join(import.meta.dirname, '.guide-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  // Its programs say where their files are from there.
  const before = process.cwd()
  process.chdir(folder)
  onTestFinished(() => process.chdir(before))
  for (const { file, code } of blocksOf(page, markdown)) await writeFile(join(folder, basename(file)), code)
  const steps = stepsOf(markdown)
  expect(steps.length).toBeGreaterThan(10)
  for (const { command, output } of steps) {
    const printed = await execute(command, folder)
    const wrong = difference(output, printed)
    if (wrong !== undefined) throw new Error(`$ ${command}\n${wrong}\nAll it printed:\n${printed}`)
  }
})
