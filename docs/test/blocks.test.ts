import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createDatabase } from '@eventfold/local-postgres'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Block, blocksOf, difference, readBlocks } from './blocks.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'docs', '.blocks')
const blocks = readBlocks(root)

/** What the compiler said, by file. */
let diagnostics = new Map<string, string[]>()

beforeAll(async () => {
  write()
  diagnostics = await typecheck()
}, 120_000)

describe.each([...Map.groupBy(blocks, ({ page }) => page)])('%s', (_page, own) => {
  test.for(own)('line $line typechecks', (block) => {
    const found = diagnostics.get(block.file) ?? []
    if (found.length > 0) throw new Error(found.join('\n'))
  })

  // The project's maxConcurrency bounds these.
  test.concurrent.for(own.filter((block) => block.run))(
    'line $line runs',
    { timeout: 90_000 },
    async (block) => {
      const needsDatabase = own.some(({ code }) => code.includes('DATABASE_URL'))
      const database = needsDatabase ? await createDatabase(inject('postgresUrl')) : undefined
      const cwd = await mkdtemp(join(tmpdir(), 'eventfold-docs-'))
      try {
        const { error, stdout, stderr } = await run(join(folder, block.file), cwd, database?.url)
        if (error) throw new Error(`${block.page}:${block.line}: ${stderr || error.message}\n${stdout}`)
        const wrong = block.output === undefined ? undefined : difference(block.output, stdout)
        if (wrong) throw new Error(`${block.page}:${block.line}: ${wrong}\nAll it printed:\n${stdout}`)
      } finally {
        await rm(cwd, { recursive: true, force: true })
        await database?.drop()
      }
    },
  )
})

function write(): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const seen = new Map<string, Block>()
  for (const block of blocks) {
    const other = seen.get(block.file)
    if (other)
      throw new Error(`${block.page}:${block.line}: line ${other.line} has a file of this name already`)
    seen.set(block.file, block)
    mkdirSync(dirname(join(folder, block.file)), { recursive: true })
    writeFileSync(join(folder, block.file), block.code)
  }
  // A reader's own program: nothing declares types for others, and a snippet may show a name without using it.
  const compilerOptions = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedDeclarations: false,
    declaration: false,
    moduleDetection: 'force',
  }
  const config = { extends: '../../tsconfig.base.json', compilerOptions, include: ['**/*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
}

async function typecheck(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  if (blocks.length === 0) return found
  const compiler = join(root, 'node_modules', '.bin', 'tsc')
  const output = await new Promise<string>((resolve) => {
    execFile(compiler, ['-p', '.', '--pretty', 'false'], { cwd: folder }, (_error, stdout) => resolve(stdout))
  })
  // Details of an error are indented below it.
  for (const text of output.split(/\n(?=\S)/)) {
    if (text.trim() === '') continue
    const [, file, line, message] = /^(.+?)\((\d+),\d+\): ([\s\S]*)$/.exec(text.trimEnd()) ?? []
    if (!file) throw new Error(text)
    const block = blocks.find((candidate) => candidate.file === file)
    if (block)
      found.set(file, [...(found.get(file) ?? []), `${block.page}:${block.line + Number(line)}: ${message}`])
  }
  return found
}

interface Outcome {
  readonly error: Error | null
  readonly stdout: string
  readonly stderr: string
}

function run(file: string, cwd: string, databaseUrl: string | undefined): Promise<Outcome> {
  const { DATABASE_URL: _, ...outside } = process.env
  const env = { ...outside, ...(databaseUrl && { DATABASE_URL: databaseUrl }) }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-C', '@eventfold/source', file],
      { cwd, env, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ error, stdout, stderr }),
    )
  })
}

describe('a page', () => {
  const page = [
    '# Title',
    '',
    '- item',
    '',
    '  ```ts run file=a.ts',
    '  if (true) {',
    '    x()',
    '  }',
    '  ```',
    '',
  ]

  test('gives its blocks with line, file, code and the output directly below', () => {
    const output = [
      '```text output',
      'one …',
      '```',
      '```ts',
      'y',
      '```',
      'prose',
      '```text output',
      'no',
      '```',
    ]
    expect(blocksOf('docs/a/b.md', [...page, ...output].join('\n'))).toEqual([
      {
        page: 'docs/a/b.md',
        line: 5,
        file: 'docs-a-b/a.ts',
        code: 'if (true) {\n  x()\n}',
        run: true,
        output: 'one …',
      },
      {
        page: 'docs/a/b.md',
        line: 14,
        file: 'docs-a-b/line-14.ts',
        code: 'y',
        run: false,
        output: undefined,
      },
    ])
  })

  test('is refused with an unknown word or an open block', () => {
    expect(() => blocksOf('a.md', '\n```ts rnu\n```')).toThrow(
      "a.md:2: a ts block can be 'run' or 'file=…', not 'rnu'",
    )
    expect(() => blocksOf('a.md', '```ts\n')).toThrow('a.md:1: this block has no end')
  })

  test('has its output compared line by line', () => {
    expect(difference('a … c\n(b)', 'a b c\n(b)\n')).toBeUndefined()
    expect(difference('a\nb', 'a')).toBe('line 2 of the output is missing: b')
    expect(difference('a', 'a\nb')).toBe('line 2 of the output is too much: b')
    expect(difference('a.', 'ab')).toBe('line 1 of the output\n  is        ab\n  should be a.')
  })
})
